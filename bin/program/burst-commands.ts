import type { Act } from './act.ts';
import type { OperatorCommand } from './operator-command.ts';
import { forPhase, reasonOption } from './shared-options.ts';

/** Bounded bursts against the ingestion gate, from the plan to the judgement. */
export function addBurstCommands(program: OperatorCommand, act: Act): void {
  const burst = program.group('burst', 'bounded bursts against the ingestion gate');
  forPhase(
    burst
      .command('run')
      .description('send the events of a sealed run through the gate at a planned rate; ends by itself')
      .argument('<plan>', 'a plan of `fraudctl burst plans`, or a file that ends in .yaml')
      .option('--bundle <folder>', 'segment run that passed, or its validation bundle')
      .option('--events <file>', 'or events of your own: .ndjson or .parquet')
      .option('--scenario <id>', 'scenario whose arrivals are sent', 'baseline_v1')
      .option('--run <run_id>', 'run scope to use; it must be fresh; a new one is recorded without it')
      .option(
        '--gate <burst-gate>',
        'gate of config/gates that it is judged by, or a file that ends in .yaml',
      )
      .option('--dry-run', 'load the plan, hold it to the policy, print it with its digest', false)
      .option('--detach', 'return as soon as it is started', false),
  )
    // Of a burst alone: the verdict of anything else is about the whole phase.
    .option('--blockers <ids>', 'with --phase, for these open blockers alone, separated by commas')
    .examples('fraudctl burst run rehearsal --bundle ./runs/7f20e9d97dad4ff5ac639bbc41749fb0')
    .exits({
      done: 'it went as planned; if it certifies, nothing blocks',
      data: 'it did not, or blockers are open',
      transient: 'detached, or safe to run again',
    })
    .prints('fraudctl/verdict/v1', 'fraudctl/started/v1', 'fraudctl/burst-plan/v1')
    .action(
      act(async (context, plan: string, options: import('../commands/burst-run.ts').BurstRunOptions) =>
        (await import('../commands/burst-run.ts')).burstRun(context, plan, options),
      ),
    );
  burst
    .command('baseline')
    .description(
      'a burst over a representative window whose admissions per minute are recorded as a baseline',
    )
    .argument('[plan]', 'a steady plan without warm-up', 'baseline')
    .option('--bundle <folder>', 'segment run that passed, or its validation bundle')
    .option('--events <file>', 'or events of your own: .ndjson or .parquet')
    .option('--scenario <id>', 'scenario whose arrivals are sent', 'baseline_v1')
    .option('--run <run_id>', 'run scope to use; it must be fresh; a new one is recorded without it')
    .examples('fraudctl burst baseline --bundle ./runs/7f20e9d97dad4ff5ac639bbc41749fb0')
    .exits({ done: 'the baseline is recorded', data: 'it is none, and why is said' })
    .prints('fraudctl/verdict/v1')
    .action(
      act(async (context, plan: string, options: import('../commands/burst-run.ts').BurstRunOptions) =>
        (await import('../commands/burst-run.ts')).burstBaseline(context, plan, options),
      ),
    );
  burst
    .command('adjudicate')
    .description('judge a burst that is over by its sealed evidence, and publish the judgement')
    .argument('<execution>', 'execution id')
    .option('--replay', 'compute it again and compare it with what is published, byte for byte', false)
    .examples('fraudctl burst adjudicate burst_20260221T060431Z --replay')
    .exits({
      done: 'the phase may close; a replay gave the same bytes',
      data: 'blockers are open; a replay gave other bytes',
    })
    .prints('fraudctl/adjudication/v1', 'fraudctl/adjudication-replay/v1')
    .action(
      act(async (context, id: string, options: { replay: boolean }) =>
        (await import('../commands/burst-adjudicate.ts')).burstAdjudicate(context, id, options),
      ),
    );
  burst
    .command('plans')
    .description('plans of this version with their digests')
    .examples('fraudctl burst plans --json')
    .prints('fraudctl/burst-plans/v1')
    .action(act(async (context) => (await import('../commands/burst-plans.ts')).burstPlans(context)));
  burst
    .command('attach')
    .description('follow a burst to its end with its live view, judge it, seal the evidence')
    .argument('<execution>', 'execution id')
    .examples('fraudctl burst attach burst_20260221T060431Z')
    .exits({
      done: 'it went as planned; if it certifies, nothing blocks',
      data: 'it did not, or blockers are open',
      transient: 'detached, or safe to run again',
    })
    .prints('fraudctl/verdict/v1')
    .action(act(async (context, id: string) => (await import('../commands/attach.ts')).attach(context, id)));
  burst
    .command('status')
    .description('what is known of a burst now')
    .argument('<execution>', 'execution id')
    .examples('fraudctl burst status burst_20260221T060431Z')
    .exits({ done: 'it is known, whatever became of it' })
    .prints('fraudctl/status/v1')
    .action(
      act(async (context, id: string) =>
        (await import('../commands/describe-status.ts')).describeExecution(context, id),
      ),
    );
  burst
    .command('stop')
    .description('end a burst; lanes flush their checkpoints and say what they did')
    .argument('<execution>', 'execution id')
    .option(...reasonOption)
    .examples('fraudctl burst stop burst_20260221T060431Z --reason "wrong plan"')
    .exits({ done: 'it is over, whatever its verdict' })
    .prints('fraudctl/verdict/v1')
    .action(
      act(async (context, id: string, options: { reason: string }) =>
        (await import('../commands/stop.ts')).stop(context, id, options.reason),
      ),
    );
}
