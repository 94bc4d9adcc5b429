import { type LaneResult, laneResultSchema } from '../../lib/burst/lane-result.ts';
import { type BurstPlan, burstPlanSchema, planDigest } from '../../lib/burst/plan.ts';
import { type ClosedScope, closedScopeSchema } from '../../lib/burst/scope-results.ts';
import { canonicalBytes } from '../../lib/evidence/format/canonical-json.ts';
import { sha256Of } from '../../lib/evidence/format/digest.ts';
import { type BurstGateSpec, gateSpecDigest } from '../../lib/gates/burst/gate-spec.ts';
import type { EvidenceItem } from '../../lib/gates/burst/read-figures.ts';
import { launchesDocument, recomputeVerdict, type VerdictSubject } from '../../lib/gates/verdict-document.ts';
import { exitCodes } from '../../lib/vocabulary/exit-codes.ts';
import { executionIdSchema, launchKeySchema, runIdSchema } from '../../lib/vocabulary/identifiers.ts';
import type { JsonObject } from '../../lib/vocabulary/json.ts';
import { executionRecord, launchResult, taskRecord } from './launch-documents.ts';
import { sampleGate, samplePlan } from './sample-burst.ts';

export const burstSubject: VerdictSubject = {
  environment: 'dev-min',
  executionId: executionIdSchema.parse('m10_20260221T060601Z'),
  runId: runIdSchema.parse('platform_20260221T060431Z'),
};

/** The numbers of the burst that closed M10.F: 22,606 admissions in 1,035.812 s. */
export const closingBurst = { admitted: 22_606, seconds: 1_035.812 };

const lanesStart = '2026-02-21T06:07:00.000Z';
const after = (seconds: number) => new Date(Date.parse(lanesStart) + seconds * 1_000).toISOString();

export type BurstWish = {
  readonly subject?: VerdictSubject;
  readonly seconds?: number;
  readonly plan?: Partial<Record<keyof BurstPlan, unknown>>;
  readonly gate?: Partial<Record<keyof BurstGateSpec, unknown>>;
  readonly closed?: Partial<Record<keyof ClosedScope, unknown>>;
  /** Changes the result of lane 0. */
  readonly lane?: Partial<Record<keyof LaneResult, unknown>>;
  /** Exit code of lane 1. */
  readonly laneExit?: number | null;
  /** A lane whose first launch found no gate, and was launched again. */
  readonly relaunched?: number;
  /** What that first launch said after all: it sent until a minute before the end, and then ended with 75. */
  readonly first?: Partial<Record<keyof LaneResult, unknown>>;
  /** Lane 0 is killed after so many seconds, and goes on from its checkpoint half a minute later. */
  readonly killedAfter?: number;
};

/** The plan of M10.F with its baseline. */
export function certifyingPlan(change: BurstWish['plan'] = {}): BurstPlan {
  return burstPlanSchema.parse({
    ...samplePlan({
      certifying: true,
      rate: { multiplier: 3.2, baseline_admits_per_minute: 418.66295264623955 },
      duration_seconds: 960,
      max_events: 40_000,
    }),
    ...change,
  });
}

/** Everything that a burst, of two lanes unless the plan says otherwise, leaves in its sealed bundle. */
export function burstEvidence(wish: BurstWish = {}): readonly EvidenceItem[] {
  const subject = wish.subject ?? burstSubject;
  const seconds = wish.seconds ?? closingBurst.seconds;
  const plan = certifyingPlan(wish.plan);
  const gate = sampleGate(wish.gate);
  const { environment, executionId, runId } = subject;
  const files = new Map<string, Uint8Array>();
  const put = (path: string, document: JsonObject) => files.set(path, canonicalBytes(document));
  const launches: string[] = [];
  const launch = (
    state: string,
    number: number,
    output: JsonObject | null,
    window: readonly [number, number],
    exitCode: number | null = 0,
  ) => {
    const key = `${executionId}/${state}/${number}`;
    launches.push(key);
    const folder = `launches/${state}/${number}`;
    put(
      `${folder}/task-record.json`,
      taskRecord(key, {
        environment,
        created_at: after(window[0] - 5),
        started_at: after(window[0]),
        stopped_at: after(window[1]),
        exit_code: exitCode,
      }),
    );
    // Killed, it has no time for a word.
    if (exitCode === 137) return;
    const resultKey = `evidence/${environment}/run_control/${executionId}/launches/${state}/${number}/result.json`;
    put(
      `${folder}/result.json`,
      launchResult(key, {
        task: 'burst',
        environment,
        run_id: runId,
        outcome: exitCode === 0 ? 'done' : 'failed',
        exit_code: exitCode ?? 0,
        output,
        failure:
          exitCode === 0
            ? null
            : { exit: 'data', code: 'GATE_REFUSED', message: 'the gate refused a batch', remedy: 'Look.' },
        started_at: after(window[0]),
        ended_at: after(window[1]),
      }),
    );
    const result = files.get(`${folder}/result.json`) ?? new Uint8Array();
    put(`${folder}/marker.json`, {
      schema: 'fraud-platform/launch-result/v1',
      key: resultKey,
      sha256: sha256Of(result),
    });
  };
  launch(
    'Open',
    0,
    {
      schema: 'fraud-platform/opened-scope/v1',
      run_id: runId,
      plan: JSON.parse(JSON.stringify(plan)),
      plan_sha256: planDigest(plan),
      gate_spec: JSON.parse(JSON.stringify(gate)),
      gate_spec_sha256: gateSpecDigest(gate),
      segment_run_id: 'c'.repeat(32),
      scenario_id: 'baseline_v1',
      bundle_digest_sha256: 'd'.repeat(64),
      source_sha256: 'e'.repeat(64),
      manifest_fingerprint: 'f'.repeat(64),
      parameter_hash: 'a'.repeat(64),
    },
    [-20, -10],
  );
  // Lanes are honest, also where the count is not.
  const admitted = Math.max(0, Number(wish.closed?.admitted ?? closingBurst.admitted));
  const share = Math.floor(admitted / plan.lanes);
  const ownOf = (lane: number) => (lane === plan.lanes - 1 ? admitted - share * (plan.lanes - 1) : share);
  const { killedAfter, first } = wish;
  const firstEnds = first === undefined ? undefined : seconds - 60;
  /** When a first launch ended that had taken the lane's checkpoint. */
  const endedBefore = (lane: number) =>
    (lane === 0 ? killedAfter : undefined) ?? (lane === wish.relaunched ? firstEnds : undefined);
  const epochOf = (lane: number) => (endedBefore(lane) === undefined ? '1' : '2');
  for (let lane = 0; lane < plan.lanes; lane += 1) {
    const killedAt = lane === 0 ? killedAfter : undefined;
    const endedAt = endedBefore(lane);
    const began = endedAt === undefined ? lane : endedAt + 30;
    const resumedAt = killedAt === undefined ? 0 : Math.floor((ownOf(lane) * killedAt) / seconds);
    const own = ownOf(lane) - resumedAt;
    const result = laneResultSchema.parse({
      schema: 'fraud-platform/lane-result/v1',
      run_id: runId,
      lane,
      lanes: plan.lanes,
      plan_sha256: planDigest(plan),
      source_sha256: 'e'.repeat(64),
      epoch: epochOf(lane),
      resumed_at: resumedAt,
      stop_reason: 'duration',
      sent: own,
      acknowledged: own,
      admitted: own,
      duplicates: 0,
      quarantined: 0,
      unresolved: 0,
      quarantine_reasons: {},
      retries: {},
      frontier: ownOf(lane),
      checkpoints_written: 100,
      longest_stall_ms: 1_200,
      first_sent_at: after(began - lane + 30),
      first_acknowledged_at: after(began - lane + 30.02),
      last_acknowledged_at: after(seconds - 5),
      latency_ms: { p50: 1, p90: 2, p99: 3, p99_9: 4, max: 5 },
      latency_histogram: '',
      latency_series: [],
      most_behind_ms: 0,
      ...(lane === 0 ? wish.lane : {}),
    });
    if (lane === wish.relaunched) {
      const word =
        first === undefined
          ? null
          : laneResultSchema.parse({ ...result, epoch: '1', resumed_at: 0, ...first });
      launch('Lane', lane * 3, word, [lane, firstEnds ?? lane + 1], exitCodes.transient);
    }
    if (killedAt !== undefined) launch('Lane', lane * 3, null, [lane, killedAt], 137);
    launch(
      'Lane',
      lane * 3 + (lane === wish.relaunched || killedAt !== undefined ? 1 : 0),
      { ...result },
      [began, seconds - (plan.lanes - 1 - lane)],
      lane === 1 ? (wish.laneExit ?? 0) : 0,
    );
  }
  const closed = closedScopeSchema.safeParse({
    schema: 'fraud-platform/closed-scope/v1',
    run_id: runId,
    admitted,
    duplicates: 0,
    quarantined: 0,
    quarantine_reasons: {},
    first_decision_at: after(30.01),
    last_decision_at: after(seconds - 5.01),
    checkpoints: Array.from({ length: plan.lanes }, (_, lane) => ({
      lane,
      frontier: String(ownOf(lane)),
      epoch: epochOf(lane),
    })),
    ...wish.closed,
  });
  launch(
    'Close',
    0,
    closed.success
      ? { ...closed.data, checkpoints: closed.data.checkpoints.map((one) => ({ ...one })) }
      : ({ ...wish.closed } as JsonObject),
    [seconds + 5, seconds + 8],
  );
  put('intent.json', { schema: 'fraud-platform/bounded-burst-input/v1', execution_id: executionId });
  const isWell = (wish.laneExit ?? 0) === 0;
  files.set(
    'execution-record.json',
    executionRecord(executionId, {
      environment,
      status: isWell ? 'SUCCEEDED' : 'FAILED',
      error: isWell ? null : 'LanesFailed',
      started_at: after(-30),
      stopped_at: after(seconds + 10),
    }),
  );
  files.set(
    'launches.json',
    launchesDocument(
      launches.map((key) => ({ launchKey: launchKeySchema.parse(key), record: { kind: 'absent' } })),
    ),
  );
  put('verdict.json', {
    schema: 'fraud-platform/execution-verdict/v1',
    environment,
    execution_id: executionId,
    run_id: runId,
    verdict: 'INDETERMINATE',
  });
  const verdict = recomputeVerdict(files);
  if (verdict !== undefined) files.set('verdict.json', verdict);
  const derived = new Set(['verdict.json', 'launches.json']);
  return [...files].map(([path, content]) => ({
    path,
    content,
    sha256: sha256Of(content),
    origin: derived.has(path) || path.endsWith('marker.json') ? 'derived' : 'native',
  }));
}

/** Lane 0 is launched again when its window is over: nothing is sent, and its frontier stays where it was. */
export const relaunchedTooLate = (frontier: number, change: BurstWish, other = 11_303): BurstWish => ({
  ...change,
  lane: {
    resumed_at: frontier,
    frontier,
    sent: 0,
    acknowledged: 0,
    admitted: 0,
    first_sent_at: null,
    first_acknowledged_at: null,
    last_acknowledged_at: null,
  },
  closed: {
    ...change.closed,
    checkpoints: [
      { lane: 0, frontier: String(frontier), epoch: '2' },
      { lane: 1, frontier: String(other), epoch: '1' },
    ],
  },
});
