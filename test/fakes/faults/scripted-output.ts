import { laneResultSchema } from '../../../lib/burst/lane-result.ts';
import { closedScopeSchema, openedScopeSchema } from '../../../lib/burst/scope-results.ts';
import type { TaskContext } from '../../../lib/runtime/task-program.ts';
import { burstContract } from '../../../lib/task-contracts/burst.ts';
import type { ParametersOf } from '../../../lib/task-contracts/define-task.ts';
import type { RunId } from '../../../lib/vocabulary/identifiers.ts';
import type { JsonObject } from '../../../lib/vocabulary/json.ts';

/** What a scripted task says that it did: for steps of a burst, what a lane or a scope would say. */
export function scriptedOutput({ parameters, launch }: TaskContext): JsonObject {
  const burst = burstContract.parameters.safeParse(parameters).data;
  return burst === undefined ? {} : burstOutput(burst, launch.runId);
}

const eventsOfALane = 1_000;

function burstOutput(
  { step, lane = 0, plan, plan_sha256, gate_spec, gate_spec_sha256 }: ParametersOf<typeof burstContract>,
  runId: RunId,
): JsonObject {
  const now = new Date().toISOString();
  switch (step) {
    case 'open':
      return jsonOf(
        openedScopeSchema.parse({
          schema: 'fraud-platform/opened-scope/v1',
          run_id: runId,
          plan,
          plan_sha256,
          gate_spec,
          gate_spec_sha256,
          segment_run_id: 'c'.repeat(32),
          scenario_id: 'baseline_v1',
          bundle_digest_sha256: 'd'.repeat(64),
          source_sha256: 'e'.repeat(64),
          manifest_fingerprint: 'f'.repeat(64),
          parameter_hash: 'a'.repeat(64),
        }),
      );
    case 'lane':
      return jsonOf(
        laneResultSchema.parse({
          schema: 'fraud-platform/lane-result/v1',
          run_id: runId,
          lane,
          lanes: plan.lanes,
          plan_sha256,
          source_sha256: 'e'.repeat(64),
          epoch: '1',
          resumed_at: 0,
          stop_reason: 'duration',
          sent: eventsOfALane,
          acknowledged: eventsOfALane,
          admitted: eventsOfALane,
          duplicates: 0,
          quarantined: 0,
          unresolved: 0,
          quarantine_reasons: {},
          retries: {},
          frontier: eventsOfALane,
          checkpoints_written: 10,
          longest_stall_ms: 900,
          first_sent_at: now,
          first_acknowledged_at: now,
          last_acknowledged_at: now,
          latency_ms: { p50: 1, p90: 2, p99: 3, p99_9: 4, max: 5 },
          latency_histogram: '',
          latency_series: [],
          most_behind_ms: 0,
        }),
      );
    case 'close':
      return jsonOf(
        closedScopeSchema.parse({
          schema: 'fraud-platform/closed-scope/v1',
          run_id: runId,
          admitted: plan.lanes * eventsOfALane,
          duplicates: 0,
          quarantined: 0,
          quarantine_reasons: {},
          first_decision_at: now,
          last_decision_at: now,
          checkpoints: Array.from({ length: plan.lanes }, (_, of) => ({
            lane: of,
            frontier: String(eventsOfALane),
            epoch: '1',
          })),
        }),
      );
  }
}

function jsonOf(value: object): JsonObject {
  return JSON.parse(JSON.stringify(value));
}
