import assert from 'node:assert/strict';
import { test } from 'node:test';
import { laneResultSchema } from '../../../lib/burst/lane-result.ts';
import { closedScopeSchema, openedScopeSchema } from '../../../lib/burst/scope-results.ts';
import { adjudicateBurst } from '../../../lib/gates/burst/snapshot.ts';
import { burstPage } from '../../../lib/reports/burst-page.ts';
import {
  type BurstFacts,
  burstReport,
  burstReportSchema,
  spanFor,
} from '../../../lib/reports/burst-report.ts';
import { burstMarkdown } from '../../../lib/reports/markdown.ts';
import { burstEvidence, burstSubject } from '../../support/burst-evidence.ts';
import { sampleGate } from '../../support/sample-burst.ts';

const items = burstEvidence();
const outputOf = (path: string) => {
  const item = items.find((one) => one.path === path);
  return JSON.parse(new TextDecoder().decode(item?.content)).output;
};
const lane = (number: number) => {
  const {
    latency_histogram: _,
    schema: __,
    run_id: ___,
    ...rest
  } = laneResultSchema.parse(outputOf(`launches/Lane/${number}/result.json`));
  return rest;
};
const facts: BurstFacts = {
  environment: burstSubject.environment,
  run_id: burstSubject.runId,
  execution_id: burstSubject.executionId,
  verdict: { verdict: 'PASS', cause: 'done', reasons: [] },
  adjudication: adjudicateBurst(burstSubject, items, sampleGate()),
  opened: openedScopeSchema.parse(outputOf('launches/Open/0/result.json')),
  counted: closedScopeSchema.parse(outputOf('launches/Close/0/result.json')),
  lanes: [lane(0), lane(3)],
  database: {
    scope: { opened_at: '2026-02-21T06:06:40.000Z' as never, closed_at: '2026-02-21T06:24:20.000Z' as never },
    decisions: [{ decision: 'ADMIT', reason: null, events: 22_606 }],
    admitted_ids: 22_606,
    span_seconds: 5,
    over_time: [
      { from: '2026-02-21T06:07:30.000Z' as never, admitted: 22_600, duplicates: 0, quarantined: 0 },
      { from: '2026-02-21T06:07:45.000Z' as never, admitted: 6, duplicates: 0, quarantined: 0 },
    ],
    checkpoints: [
      { lane: 0, frontier: 11_303, epoch: 1, updated_at: '2026-02-21T06:24:10.000Z' as never },
      { lane: 1, frontier: 11_303, epoch: 1, updated_at: '2026-02-21T06:24:10.000Z' as never },
    ],
  },
  evidence: { bundle_digest_sha256: 'a'.repeat(64) as never, snapshot_sha256: 'b'.repeat(64) as never },
};
const { database } = facts;

test('sources that agree: every comparison passes, and the report is what its schema says', () => {
  const report = burstReport(facts);
  assert.deepEqual([...new Set(report.reconciliation.map(({ status }) => status))], ['PASS']);
  assert.deepEqual(
    burstReportSchema.parse(JSON.parse(JSON.stringify(report))),
    JSON.parse(JSON.stringify(report)),
  );
});

const disagreements: readonly (readonly [id: string, status: string, change: Partial<BurstFacts>])[] = [
  ['SENT_COVERS_ACKNOWLEDGED', 'FAIL', { lanes: [{ ...lane(0), sent: 1 }, lane(3)] }],
  [
    'RECEIPTS_COVER_ACKNOWLEDGED',
    'FAIL',
    { lanes: [{ ...lane(0), sent: 99_999, acknowledged: 99_999 }, lane(3)] },
  ],
  ['ONE_ADMISSION_AN_EVENT', 'FAIL', { database: { ...database, admitted_ids: 22_605 } }],
  ['SERIES_IS_WHOLE', 'FAIL', { database: { ...database, over_time: [] } }],
  ['NOTHING_UNRESOLVED', 'WARN', { lanes: [{ ...lane(0), unresolved: 1 }, lane(3)] }],
  ['CHECKPOINTS_ARE_THE_LANES', 'FAIL', { database: { ...database, checkpoints: [] } }],
  ['SCOPE_IS_CLOSED', 'WARN', { database: { ...database, scope: null } }],
  [
    'COUNTED_AT_THE_END',
    'FAIL',
    { database: { ...database, decisions: [{ decision: 'ADMIT', reason: null, events: 1 }] } },
  ],
  ['COUNTED_AT_THE_END', 'ERROR', { counted: null }],
  ['JUDGED_ON_THESE_COUNTS', 'FAIL', { database: { ...database, decisions: [] } }],
  ['JUDGED_ON_THESE_COUNTS', 'ERROR', { adjudication: adjudicateBurst(burstSubject, [], sampleGate()) }],
];
for (const [id, status, change] of disagreements) {
  test(`sources that do not agree: ${id} is ${status}`, () => {
    const found = burstReport({ ...facts, ...change }).reconciliation.find((check) => check.id === id);
    assert.equal(found?.status, status, found?.detail);
  });
}

test('the page stands alone, says the verdict and both windows, and is the same each time', () => {
  const page = burstPage(burstReport(facts));
  assert.equal(burstPage(burstReport(facts)), page);
  assert.doesNotMatch(page, /https?:\/\/(?!www\.w3\.org\/)|<script|<link|<img|@import|url\((?!#)/);
  assert.match(page, /May close: M10\.F bounded burst/);
  assert.match(page, /1035\.8 s/);
  assert.match(page, /1000\.8 s/);
  // Spans without a decision are shown as what they are.
  assert.match(page, /title="2026-02-21T06:07:35\.000Z">06:07:35<\/span><\/td><td class="number">0</);
});

test('a series has few points whatever the run, and minutes are made of it', () => {
  for (const [seconds, span] of [
    [0, 1],
    [240, 1],
    [241, 2],
    [1_036, 5],
    [5_400, 30],
    [86_400, 600],
    [30_000_000, 172_800],
  ] as const) {
    assert.equal(spanFor(seconds), span, `${seconds} s`);
    assert.ok(seconds / span <= 240);
  }
  const { decisions_per_minute } = burstReport(facts);
  assert.deepEqual(decisions_per_minute, {
    span_seconds: 60,
    minutes: [{ from: '2026-02-21T06:07:00.000Z', admitted: 22_606, duplicates: 0, quarantined: 0 }],
  });
  const hours = burstReport({ ...facts, database: { ...database, span_seconds: 600 } }).decisions_per_minute;
  assert.deepEqual([hours.span_seconds, hours.minutes[0]?.from], [600, '2026-02-21T06:00:00.000Z']);
});

test('every part of the report says where it comes from, and nothing else is said to', () => {
  const { provenance, schema: _, ...members } = burstReport(facts);
  const told = provenance.flatMap(({ part }) => part.split(':')[0]?.split(', ') ?? []);
  assert.deepEqual([...new Set(told)].sort(), Object.keys(members).sort());
});

test('what came from outside cannot become part of the page', () => {
  const hostile = '<script>alert(1)</script>"&\'';
  const page = burstPage(
    burstReport({
      ...facts,
      database: { ...database, decisions: [{ decision: hostile, reason: hostile, events: 22_606 }] },
    }),
  );
  assert.ok(!page.includes('<script'));
  assert.match(page, /&lt;script&gt;alert\(1\)&lt;\/script&gt;&quot;&amp;&#39;/);
  assert.match(
    burstMarkdown(
      burstReport({
        ...facts,
        database: { ...database, decisions: [{ decision: 'a|b', reason: 'c\nd', events: 1 }] },
      }),
    ),
    /\| a\\\|b \| c d \| 1 \|/,
  );
});

test('Markdown names blockers with what to mend', () => {
  const blocked = burstEvidence({ closed: { admitted: 0, duplicates: 10_002 } });
  const text = burstMarkdown(
    burstReport({ ...facts, adjudication: adjudicateBurst(burstSubject, blocked, sampleGate()) }),
  );
  assert.match(text, /\*\*BLOCKED\*\*/);
  assert.match(text, /\*\*M10F-B1\*\*[\s\S]+\*\*M10F-B1-R2\*\* most of what was sent was known/);
});
