import { type LaneResult, laneResultSchema } from '../../lib/burst/lane-result.ts';
import { closedScopeSchema, openedScopeSchema } from '../../lib/burst/scope-results.ts';
import { adjudicateBurst } from '../../lib/gates/burst/snapshot.ts';
import type { BurstFacts } from '../../lib/reports/burst-report.ts';
import { instantFromMillis } from '../../lib/vocabulary/instant.ts';
import { burstEvidence, burstSubject } from './burst-evidence.ts';
import { sampleGate } from './sample-burst.ts';

const spans = 240;
const spanSeconds = 5;
const start = Date.parse('2026-02-21T06:07:30.000Z');
const at = (second: number) => instantFromMillis(start + second * 1_000);

/** Facts of a burst at the edge of everything: as many lanes as there may be, fifty million receipts, blockers. */
export function largeBurst(): BurstFacts {
  const items = burstEvidence({
    seconds: 1_366.095,
    closed: {
      admitted: 0,
      duplicates: 10_002,
      quarantined: 37,
      quarantine_reasons: { PAYLOAD_MISMATCH: 30, FOREIGN_WORLD: 7 },
    },
    lane: { unresolved: 3 },
  }).filter(({ path }) => path !== 'launches/Lane/3/task-record.json');
  const outputOf = (path: string) => {
    const item = items.find((one) => one.path === path);
    return JSON.parse(new TextDecoder().decode(item?.content)).output;
  };
  const sample = laneResultSchema.parse(outputOf('launches/Lane/0/result.json'));
  const lane = (number: number): BurstFacts['lanes'][number] => {
    const { latency_histogram: _, schema: __, run_id: ___, ...rest } = sample;
    const series: LaneResult['latency_series'] = Array.from({ length: spans }, (_unused, span) => ({
      from: at(span * spanSeconds),
      acknowledged: 100,
      p50_ms: 10 + Math.sin(span / 9) * 5,
      p99_ms: 60 + ((span * 37) % 50),
    }));
    return {
      ...rest,
      lane: number,
      lanes: 39,
      stop_reason: number % 13 === 0 ? 'source-exhausted' : 'duration',
      sent: 1_234_567 + number,
      admitted: 1_200_000,
      duplicates: 34_567,
      quarantined: 12,
      unresolved: number % 7,
      latency_ms: { p50: 12.3, p90: 40, p99: 1_234.5, p99_9: 2_000, max: 12_345.6 },
      latency_series: series,
    };
  };
  return {
    environment: burstSubject.environment,
    run_id: burstSubject.runId,
    execution_id: burstSubject.executionId,
    verdict: { verdict: 'INDETERMINATE', cause: 'source-missing', reasons: ['task record: absent'] },
    adjudication: adjudicateBurst(burstSubject, items, sampleGate()),
    opened: openedScopeSchema.parse(outputOf('launches/Open/0/result.json')),
    counted: closedScopeSchema.parse(outputOf('launches/Close/0/result.json')),
    lanes: Array.from({ length: 39 }, (_, number) => lane(number)),
    database: {
      scope: { opened_at: at(0), closed_at: null },
      decisions: [
        { decision: 'ADMIT', reason: null, events: 48_123_456 },
        { decision: 'DUPLICATE', reason: 'ALREADY_ADMITTED', events: 1_348_113 },
        { decision: 'QUARANTINE', reason: 'PAYLOAD_MISMATCH', events: 400 },
        { decision: 'QUARANTINE', reason: 'FOREIGN_WORLD', events: 68 },
      ],
      admitted_ids: 48_123_456,
      span_seconds: spanSeconds,
      over_time: Array.from({ length: spans }, (_, span) => ({
        from: at(span * spanSeconds),
        admitted: Math.round(200_000 + Math.sin(span / 20) * 40_000),
        duplicates: span > 100 ? 9_000 : 100,
        quarantined: span % 60 === 0 ? 2_000 : 0,
      })),
      checkpoints: Array.from({ length: 39 }, (_, number) => ({
        lane: number,
        frontier: 1_234_567,
        epoch: 2,
        updated_at: at(1_200),
      })),
    },
    evidence: { bundle_digest_sha256: 'a'.repeat(64) as never, snapshot_sha256: 'b'.repeat(64) as never },
  };
}
