import type { CommandContext } from '../../../bin/commands/command-context.ts';
import { followBurst, reportBurstConclusion, startBurst } from '../../../bin/commands/conduct-burst.ts';
import { reportConclusion } from '../../../bin/commands/conduct-execution.ts';
import { followSegment, segmentDetails, startSegment } from '../../../bin/commands/conduct-segment.ts';
import { taskRun } from '../../../bin/commands/task-run.ts';
import { BurstView } from '../../../bin/terminal/show-burst.ts';
import { loadBurstGate, usualBurstGate } from '../../../lib/burst/load-gate-spec.ts';
import { loadBurstPlan } from '../../../lib/burst/load-plan.ts';
import type { OperatorEnvironment } from '../../../lib/operator/operator-environment.ts';
import { runIdSchema } from '../../../lib/vocabulary/identifiers.ts';
import { instantFromMillis } from '../../../lib/vocabulary/instant.ts';
import type { FaultSchedule } from './fault-schedule.ts';

const executionName = 'played_20260221T020923Z';
const runId = runIdSchema.parse('platform_20260221T020900Z');
/** A deadline that an attempt reaches, when it is its act. */
const shortDeadline = '1s';

/** Launches what a schedule is about, in a cloud whose tasks are scripted and look at nothing that they are given. */
export async function scriptedLaunch(
  context: CommandContext,
  environment: OperatorEnvironment,
  schedule: FaultSchedule,
): Promise<number> {
  switch (schedule.machine) {
    case 'one-shot': {
      const reachesDeadline = schedule.attempts['Run/0']?.[0]?.act === 'deadline';
      return await taskRun(context, 'probe', {
        params: '{"note":"played"}',
        execution: executionName,
        run: runId,
        relaunchWait: '0s',
        ...(reachesDeadline ? { deadline: shortDeadline } : {}),
      });
    }
    case 'bounded-burst': {
      const execution = await startBurst(context, environment, {
        plan: await loadBurstPlan('rehearsal'),
        gate: await loadBurstGate(usualBurstGate),
        source: { run_folder: '/nowhere', scenario_id: 'baseline_v1' },
        runId,
      });
      const view = new BurstView();
      const followed = await followBurst(context, environment, execution, (event) => view.describe(event));
      return await reportBurstConclusion(context, environment, execution, followed);
    }
    case 'segment-5a': {
      const scenarioIds = Array.from({ length: schedule.lanes }, (_, lane) => `scenario-${lane}`);
      const plan = { runsRoot: '/nowhere', world: '/nowhere', scenarioIds, partitions: 1 };
      const deadline = instantFromMillis(context.now() + 600_000);
      const execution = await startSegment(context, environment, runId, plan, deadline);
      const { conclusion, summary } = await followSegment(context, environment, execution);
      const details = segmentDetails(plan.runsRoot, summary);
      return reportConclusion(context, environment, execution, conclusion, details);
    }
  }
}
