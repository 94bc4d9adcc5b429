import { mkdtemp, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { messageOf, PlatformError } from '../vocabulary/failure.ts';

type MadeScratch =
  | { readonly kind: 'made'; readonly folder: string }
  | { readonly kind: 'threw'; readonly error: PlatformError };

/** A folder of the launch's own, or `SCRATCH_NOT_MADE` (75), in the shape of a program that threw it. */
export async function makeScratch(parent: string): Promise<MadeScratch> {
  try {
    return { kind: 'made', folder: await mkdtemp(join(parent, 'launch-')) };
  } catch (error) {
    const failure = {
      exit: 'transient',
      code: 'SCRATCH_NOT_MADE',
      message: `the scratch folder of the launch cannot be made: ${messageOf(error)}`,
      where: parent,
      remedy: 'Free disk space, or make the scratch volume writable, then launch again.',
    } as const;
    return { kind: 'threw', error: new PlatformError(failure, { cause: error }) };
  }
}

/** Takes it away as far as that goes: a program that overran may still write into it. Never throws. */
export async function removeScratch(folder: string): Promise<void> {
  await rm(folder, { recursive: true, force: true }).catch(() => undefined);
}
