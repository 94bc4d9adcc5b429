import { loadBurstGate, usualBurstGate } from '../../lib/burst/load-gate-spec.ts';
import { sha256Of } from '../../lib/evidence/format/digest.ts';
import { remediationText } from '../../lib/gates/burst/judge-figures.ts';
import type { BurstSnapshot } from '../../lib/gates/burst/snapshot.ts';
import {
  type Adjudicated,
  adjudicateExecution,
  judgedEarlier,
  publicationBlocker,
  publishSnapshot,
} from '../../lib/operator/adjudicate-execution.ts';
import type { OperatorEnvironment } from '../../lib/operator/operator-environment.ts';
import { exitCodes } from '../../lib/vocabulary/exit-codes.ts';
import type { ExecutionId, RunId } from '../../lib/vocabulary/identifiers.ts';
import type { JsonObject } from '../../lib/vocabulary/json.ts';
import { paint } from '../terminal/look.ts';
import type { CommandContext } from './command-context.ts';
import { findExecution } from './find-execution.ts';

/** What an adjudication came to: whether the phase may close on it, lines for people, members for programs. */
export type AdjudicationReport = {
  readonly mayClose: boolean;
  readonly snapshot: BurstSnapshot;
  /** Those of the snapshot, and that of its publication. */
  readonly blockers: BurstSnapshot['blockers'];
  readonly lines: readonly string[];
  readonly members: JsonObject;
};

/**
 * `fraudctl burst adjudicate`: judges a burst that is over by its sealed evidence and publishes the judgement;
 * with `--replay` computes it again and compares it with the published one, byte for byte. Exit 0 only for a
 * pass (a replay: for the same bytes), 65 for anything that is blocked or different.
 */
export async function burstAdjudicate(
  context: CommandContext,
  id: string,
  options: { readonly replay?: boolean },
): Promise<number> {
  const environment = await context.openEnvironment();
  const { executionId, runId } = await findExecution(environment, id, context.signal);
  if (options.replay === true) {
    const replay = await replayAdjudication(environment, executionId, runId, context.signal);
    return reportReplay(context, executionId, replay);
  }
  const report = await adjudicate(context, environment, executionId, runId);
  context.output.result(report.lines.join('\n'), {
    schema: 'fraudctl/adjudication/v1',
    execution_id: executionId,
    run_id: runId,
    ...report.members,
  });
  return report.mayClose ? exitCodes.done : exitCodes.data;
}

/** Judges, publishes, and reads back. */
export async function adjudicate(
  context: CommandContext,
  environment: OperatorEnvironment,
  executionId: ExecutionId,
  runId: RunId,
): Promise<AdjudicationReport> {
  const { spec: fallback } = await loadBurstGate(usualBurstGate);
  const adjudicated = await adjudicateExecution(environment, executionId, runId, fallback, context.signal);
  const copies = await publishSnapshot(environment, executionId, runId, adjudicated, context.signal);
  const unpublished = publicationBlocker(adjudicated.snapshot, copies, adjudicated.published?.standing);
  const blockers = [...adjudicated.snapshot.blockers, ...(unpublished === undefined ? [] : [unpublished])];
  const { snapshot, sha256 } = adjudicated;
  return {
    mayClose: blockers.length === 0 && snapshot.overall_pass,
    snapshot,
    blockers,
    lines: [
      ...describe(snapshot, blockers),
      `  snapshot  ${sha256} (${copies.filter(({ whole }) => whole).length} of ${copies.length} copies read back)`,
    ],
    members: {
      adjudication: JSON.parse(new TextDecoder().decode(adjudicated.content)),
      snapshot_sha256: sha256,
      copies: copies.map((copy) => ({ ...copy })),
      blockers: blockers.map((blocker) => ({ ...blocker })),
      overall_pass: blockers.length === 0 && snapshot.overall_pass,
    },
  };
}

/** A published judgement beside the same one computed again from the sealed bundle. */
export type Replay = { readonly same: boolean; readonly again: Adjudicated };

/** Judges again and compares with what is published; publishes nothing. */
export async function replayAdjudication(
  environment: OperatorEnvironment,
  executionId: ExecutionId,
  runId: RunId,
  signal: AbortSignal,
): Promise<Replay> {
  const { spec: fallback } = await loadBurstGate(usualBurstGate);
  const again = await adjudicateExecution(environment, executionId, runId, fallback, signal);
  return { same: again.published?.standing === 'same', again };
}

function reportReplay(context: CommandContext, executionId: ExecutionId, { same, again }: Replay): number {
  const published = again.published?.content;
  const said = published === undefined ? 'nothing is published yet' : whereDifferent(published, again);
  context.output.result(
    same
      ? `${paint('green', 'identical')}  ${again.sha256}\n  computed again from bundle ${again.bundleDigest}`
      : `${paint('red', 'different')}  ${said}\n  published ${published === undefined ? 'nothing' : sha256Of(published)}\n  computed  ${again.sha256}`,
    {
      schema: 'fraudctl/adjudication-replay/v1',
      execution_id: executionId,
      identical: same,
      published_sha256: published === undefined ? null : sha256Of(published),
      computed_sha256: again.sha256,
      bundle_digest_sha256: again.bundleDigest,
      overall_pass: again.snapshot.overall_pass,
    },
  );
  return same ? exitCodes.done : exitCodes.data;
}

/** By which law, or the first member that differs. */
function whereDifferent(
  published: Uint8Array,
  { content, snapshot, published: before }: Adjudicated,
): string {
  if (before?.standing === 'earlier') return judgedEarlier(snapshot.m10_execution_id);
  let other: unknown;
  try {
    other = JSON.parse(new TextDecoder().decode(published));
  } catch {
    return 'the published snapshot is no JSON';
  }
  const members: Readonly<Record<string, unknown>> =
    typeof other === 'object' && other !== null ? { ...other } : {};
  const computed: object = JSON.parse(new TextDecoder().decode(content));
  const first = Object.entries(computed).find(
    ([name, value]) => JSON.stringify(members[name]) !== JSON.stringify(value),
  );
  return first === undefined ? 'in its form alone' : `in ${first[0]}`;
}

/** The judgement as lines for people. */
function describe(snapshot: BurstSnapshot, blockers: BurstSnapshot['blockers']): readonly string[] {
  const { burst_load_checks: load, runtime_budget: budget, burst_execution_window: window } = snapshot;
  const passed = blockers.length === 0 && snapshot.overall_pass;
  const word = passed ? (snapshot.certifying ? 'MAY CLOSE' : 'WOULD PASS') : 'BLOCKED';
  const figure = (value: number | null, digits: number, unit = '') =>
    value === null ? 'unknown' : `${value.toFixed(digits)}${unit}`;
  const lines = [
    `${paint(passed ? 'green' : 'red', word)}  ${snapshot.phase}  gate ${snapshot.gate_spec.name}`,
    `  multiplier  ${figure(load.multiplier, 4)} times the baseline, at least ${load.multiplier_minimum}  (over ${window.judged_on.rate})`,
    `  admit ratio ${figure(load.admit_ratio, 4)}, at least ${load.admit_ratio_minimum}  (over all receipts)`,
    `  duration    ${figure(load.duration_seconds, 3, ' s')}, at least ${load.duration_minimum_seconds} s  (over ${window.judged_on.duration})`,
    `  budget      ${figure(budget.elapsed_seconds, 3, ' s')}, at most ${budget.budget_seconds} s  (over ${window.judged_on.budget})`,
    ...snapshot.findings.map(
      ({ id, holds, detail }) =>
        `  finding     ${id} ${holds === null ? 'unknown' : holds ? 'kept' : 'NOT KEPT'}: ${detail}`,
    ),
    ...blockers.flatMap(({ id, meaning, remediation, reasons }) => [
      `  ${paint('yellow', id)}  ${meaning}`,
      ...reasons.map((reason) => `      ${reason}`),
      ...remediation.map((code) => `      ${code}: ${remediationText(code)}`),
    ]),
    ...(snapshot.undetermined.length === 0
      ? []
      : [`  not judged  ${snapshot.undetermined.join(', ')}: evidence is missing`]),
  ];
  return snapshot.certifying ? lines : [...lines, '  a rehearsal: it opens no blocker and clears none'];
}
