import { localEnvironment } from '../../config/names.ts';
import { loadBurstGate, usualBurstGate } from '../../lib/burst/load-gate-spec.ts';
import { loadBurstPlan } from '../../lib/burst/load-plan.ts';
import type { MeasuredWindow } from '../../lib/gates/burst/measures.ts';
import { planBurst } from '../../lib/operator/plan-burst.ts';
import { bindArguments } from '../../lib/queries/bind-arguments.ts';
import { findQuery } from '../../lib/queries/registry.ts';
import { fail } from '../../lib/vocabulary/failure.ts';
import { executionIdAt, laneSchema, runIdAt } from '../../lib/vocabulary/identifiers.ts';
import { instantFromMillis, millisOf } from '../../lib/vocabulary/instant.ts';
import { type Answered, ask } from '../commands/ask.ts';
import { adjudicate, replayAdjudication } from '../commands/burst-adjudicate.ts';
import { type FollowedBurst, followBurst, reviewed, startBurst } from '../commands/conduct-burst.ts';
import type { ConductedExecution } from '../commands/conduct-execution.ts';
import { type ChainKit, requirePass } from './chain-kit.ts';
import { describeBurst } from './describe-progress.ts';
import { findTwin } from './find-twin.ts';
import type { Findings } from './outcome.ts';

const planName = 'rehearsal';
/** The scenario that every generated world has. */
const scenarioId = 'baseline_v1';

export type BurstStep = {
  readonly execution: ConductedExecution;
  readonly followed: FollowedBurst;
  readonly found: Findings['burst'];
};

/** A rehearsal from the sealed run; one that does the same and still runs is taken up. */
export async function burstStep(kit: ChainKit, runFolder: string): Promise<BurstStep> {
  const { context, environment } = kit;
  const plan = await loadBurstPlan(planName);
  const gate = await loadBurstGate(usualBurstGate);
  const source = { run_folder: runFolder, scenario_id: scenarioId };
  const now = context.now();
  const planned = planBurst({
    environment: localEnvironment,
    executionId: executionIdAt(laneSchema.parse('burst'), now),
    runId: runIdAt(now),
    taskDefinition: 'unresolved',
    reviewed: reviewed(plan, gate),
    source,
    now,
    relaunchWaitSeconds: 1,
  });
  const twin = await findTwin(environment, 'bounded-burst', planned, context.signal);
  if (twin !== undefined) context.output.progress(`taking up ${twin.executionId}, which still runs`);
  const wish = { plan, gate, source, runId: undefined };
  const execution = twin ?? (await startBurst(context, environment, wish));
  const followed = await followBurst(context, environment, execution, describeBurst());
  requirePass(execution, followed.conclusion);
  return { execution, followed, found: foundIn(execution, followed) };
}

function foundIn(execution: ConductedExecution, { measured }: FollowedBurst): Findings['burst'] {
  const { lanes, measures } = measured;
  return {
    execution: execution.executionId,
    run: execution.runId,
    sent: measures.counts.sent,
    admitted: measures.counts.admitted,
    duplicates: measures.counts.duplicates,
    quarantined: measures.counts.quarantined,
    loadSeconds: measures.load?.seconds ?? 0,
    p50Millis: Math.max(0, ...lanes.map(({ latency_ms }) => latency_ms.p50)),
    p99Millis: Math.max(0, ...lanes.map(({ latency_ms }) => latency_ms.p99)),
  };
}

/** Judges the burst and publishes the judgement; then computes it again and holds it to the published bytes. */
export async function verdictStep(
  { context, environment }: ChainKit,
  { executionId, runId }: ConductedExecution,
): Promise<Findings['verdict']> {
  const judged = await adjudicate(context, environment, executionId, runId);
  const { snapshot } = judged;
  context.output.progress('computing it again from the sealed bundle');
  const { same, again } = await replayAdjudication(environment, executionId, runId, context.signal);
  if (!same) {
    fail({
      exit: 'data',
      code: 'JUDGEMENT_NOT_REPRODUCED',
      message: 'the published judgement is not what its sealed bundle gives',
      where: executionId,
      value: again.sha256,
      remedy: `See where they differ: npx fraudctl burst adjudicate ${executionId} --replay`,
    });
  }
  return {
    mayClose: judged.mayClose,
    certifying: snapshot.certifying,
    phase: snapshot.phase,
    gate: snapshot.gate_spec.name,
    blockers: judged.blockers.map(({ id, meaning, reasons }) => ({ id, meaning, reasons })),
    snapshotSha256: again.sha256,
  };
}

const queryName = 'receipts_window';
/** Around the life of the lanes, so that no receipt is at the very edge of the window. */
const marginMillis = 60_000;

export type QueryStep = { readonly answered: Answered; readonly found: Findings['query'] };

/** Counts the receipts of the burst in the database, as the role that may only read, and holds the count to the lanes'. */
export async function queryStep(
  kit: ChainKit,
  { execution, found }: Pick<BurstStep, 'execution' | 'found'>,
  life: MeasuredWindow | null,
): Promise<QueryStep> {
  const now = kit.context.now();
  const given = {
    run_id: execution.runId,
    from: instantFromMillis((life === null ? now : millisOf(life.start)) - marginMillis),
    to: instantFromMillis((life === null ? now : millisOf(life.end)) + marginMillis),
  };
  const query = await findQuery(queryName);
  bindArguments(query, given);
  const answered = await ask(kit.context, {
    parameters: { query: query.name, query_sha256: query.sha256, arguments: given },
    runId: execution.runId,
    deadline: undefined,
  });
  const receipts = receiptsIn(answered);
  if (Number(receipts.ADMIT) !== found.admitted) {
    fail({
      exit: 'data',
      code: 'RECEIPTS_NOT_COVERED',
      message: `the database admitted ${receipts.ADMIT ?? 'nothing'}, the lanes were told of ${found.admitted}`,
      where: answered.execution,
      remedy: `Hold all sources against each other: npx fraudctl report burst ${execution.executionId}`,
    });
  }
  return { answered, found: { execution: answered.execution, name: queryName, receipts } };
}

function receiptsIn({ result: { columns, rows } }: Answered): Readonly<Record<string, string>> {
  const decision = columns.findIndex(({ name }) => name === 'decision');
  const receipts = columns.findIndex(({ name }) => name === 'receipts');
  return Object.fromEntries(rows.map((row) => [String(row[decision]), String(row[receipts])]));
}
