import { stageRun } from '../../lib/segment-5a/frame/stage-run.ts';
import { stateNames } from '../../lib/segment-5a/frame/states.ts';
import { fail } from '../../lib/vocabulary/failure.ts';
import { segmentRunIdSchema } from '../../lib/vocabulary/identifiers.ts';
import type { CommandContext } from './command-context.ts';
import { parseIdentifier } from './parse-identifier.ts';
import { runsRootOf } from './segment-run.ts';

export type SegmentStageOptions = {
  readonly from: string;
  readonly rerun: string;
  readonly runsRoot?: string;
};

/** `fraudctl segment stage`: a clean candidate beside a run, so that a rerun never meets old outputs. */
export async function segmentStage(context: CommandContext, options: SegmentStageOptions): Promise<number> {
  const rerun = stateNames.find((state) => state === options.rerun);
  if (rerun === undefined) {
    return fail({
      exit: 'usage',
      code: 'STATE_UNKNOWN',
      message: 'there is no state of this name',
      where: '--rerun',
      value: options.rerun,
      remedy: `States are ${stateNames.join(', ')}.`,
    });
  }
  const runsRoot = runsRootOf(options.runsRoot);
  const from = parseIdentifier(segmentRunIdSchema, options.from, '--from');
  const staged = await stageRun(runsRoot, from, rerun, BigInt(context.now()) * 1_000_000n);
  context.output.result(
    [
      `staged ${staged.runId} beside ${from}`,
      `  folder  ${staged.runFolder}`,
      `  taken   ${staged.files} files of ${staged.states.join(', ') || 'no state'}`,
      `  next    fraudctl segment run --world <world> --runs-root ${runsRoot} --segment-run ${staged.runId}`,
    ].join('\n'),
    {
      schema: 'fraudctl/staged-run/v1',
      runs_root: runsRoot,
      from,
      segment_run_id: staged.runId,
      run_folder: staged.runFolder,
      files: staged.files,
      states: staged.states,
    },
  );
  return 0;
}
