import { join } from 'node:path';
import { writeWhole } from '../../lib/files/write-whole.ts';
import { baselineFolder } from '../../lib/operator/closure-gates.ts';
import { exitCodes } from '../../lib/vocabulary/exit-codes.ts';
import { errorCodeOf, fail } from '../../lib/vocabulary/failure.ts';
import type { CommandContext } from './command-context.ts';
import { type MeasuresPlace, measuresOf } from './measures-of.ts';

export type BaselineOptions = MeasuresPlace & { readonly run?: string; readonly replace?: boolean };

/** `fraudctl baseline set`: records a run as an authority. Refuses to replace one (73) unless told to. */
export async function baselineSet(
  context: CommandContext,
  name: string,
  options: BaselineOptions,
): Promise<number> {
  if (!/^[a-z0-9]+(?:-[a-z0-9]+)*$/.test(name)) {
    fail({
      exit: 'usage',
      code: 'BASELINE_INVALID',
      message: 'the name of a baseline is lower-case words joined by -',
      where: '<name>',
      value: name,
      remedy: 'Give, for example, segment-5a-full-42.',
    });
  }
  const measures = await measuresOf(context, options.run ?? '', options);
  if (measures.bundle_digest_sha256 === null) {
    fail({
      exit: 'data',
      code: 'BASELINE_UNPROVEN',
      message: 'the run has no validation bundle that says PASS: it is no authority',
      where: measures.segment_run_id,
      remedy: 'Run it to its end: fraudctl segment run.',
    });
  }
  const path = join(baselineFolder, `${name}.json`);
  await writeWhole(path, `${JSON.stringify(measures, null, 2)}\n`, {
    replace: options.replace === true,
  }).catch((error: unknown) => {
    if (errorCodeOf(error) !== 'EEXIST') throw error;
    fail({
      exit: 'conflict',
      code: 'BASELINE_EXISTS',
      message: 'this baseline is recorded already',
      where: path,
      value: name,
      remedy: 'Give another name; or --replace, and say in the commit why the authority changes.',
    });
  });
  context.output.result(`recorded ${name}\n  run  ${measures.segment_run_id}\n  file ${path}`, {
    schema: 'fraudctl/baseline/v1',
    name,
    path,
    measures: JSON.parse(JSON.stringify(measures)),
  });
  return exitCodes.done;
}
