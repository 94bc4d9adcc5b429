import { stageRun } from '../../lib/segment-5a/frame/stage-run.ts';
import { exitCodes } from '../../lib/vocabulary/exit-codes.ts';
import { segmentRunIdSchema } from '../../lib/vocabulary/identifiers.ts';
import type { CommandContext } from './command-context.ts';
import { parseIdentifier } from './parse-identifier.ts';
import { readState } from './read-state.ts';
import { requireLocal } from './require-local.ts';
import { runsRootOf } from './runs-place.ts';

export type SegmentStageOptions = {
  readonly from: string;
  readonly rerun: string;
  readonly runsRoot?: string;
};

/** `fraudctl segment stage`: a clean candidate beside a run, so that a rerun never meets old outputs. */
export async function segmentStage(context: CommandContext, options: SegmentStageOptions): Promise<number> {
  requireLocal(context, 'segment stage', 'Leave out --env: a candidate is staged beside a run in a folder.');
  const rerun = readState(options.rerun, '--rerun');
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
  return exitCodes.done;
}
