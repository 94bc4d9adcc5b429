import { access, constants } from 'node:fs/promises';
import { platformVariables } from '../task-contracts/launch-environment.ts';
import type { Failure } from '../vocabulary/failure.ts';
import type { Environment } from './launch-identity.ts';

type ScratchCheck = { readonly folder: string; readonly failures: readonly Failure[] };

/** The scratch folder is there and can be written. */
export async function checkScratch(environment: Environment): Promise<ScratchCheck> {
  const folder = environment[platformVariables.scratch] ?? '';
  try {
    if (folder === '') throw new Error('not set');
    await access(folder, constants.W_OK);
    return { folder, failures: [] };
  } catch {
    return {
      folder,
      failures: [
        {
          exit: 'refused',
          code: 'SCRATCH_NOT_WRITABLE',
          message: 'the scratch folder is not set or not writable',
          where: platformVariables.scratch,
          value: folder,
          remedy: 'The task definition must mount the scratch volume, owned by the user of the task.',
        },
      ],
    };
  }
}
