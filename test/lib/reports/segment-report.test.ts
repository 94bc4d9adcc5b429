import assert from 'node:assert/strict';
import { test } from 'node:test';
import { segmentMarkdown } from '../../../lib/reports/markdown.ts';
import { segmentPage } from '../../../lib/reports/segment-page.ts';
import {
  type SegmentFacts,
  segmentReport,
  segmentReportSchema,
} from '../../../lib/reports/segment-report.ts';

const facts: SegmentFacts = {
  segment_run_id: 'c'.repeat(32),
  manifest_fingerprint: 'a'.repeat(64) as never,
  parameter_hash: 'b'.repeat(64) as never,
  tz_database_version: '2026c',
  overall_status: 'FAIL',
  findings: ['S5 has said PASS in validation, of other outputs than are here: S1'],
  blocking_reasons: ['S4_RECOMPOSITION FAIL'],
  checks: [
    { check_id: 'S4_PRESENT', status: 'PASS' },
    { check_id: 'S4_RECOMPOSITION', status: 'FAIL' },
    { check_id: 'S5_EXPECTATION', status: 'ERROR' },
  ],
  issue_count: 3,
  scenarios: ['baseline_v1'],
  states: [
    {
      state: 'S1',
      part: 'all',
      seconds: 0.5,
      peak_rss_bytes: 2 ** 28,
      counts: { domain_rows: 740 },
      phases: [{ lane: 'core_compute', seconds: 0.4, rows: 740 }],
      warnings: ['S1_REALISM'],
    },
  ],
  weekly_shape: [
    {
      demand_class: 'office_hours',
      channel_group: 'card_present',
      hours: new Array<number>(168).fill(1 / 168),
    },
  ],
  scenarios_over_time: [
    {
      scenario_id: 'baseline_v1',
      horizon_start_utc: '2026-01-01T00:00:00.000000Z',
      total: 30,
      intensity: [{ demand_class: 'office_hours', days: [10, 20] }],
      overlay: [
        { minimum: 0.5, mean: 1, maximum: 2 },
        { minimum: 1, mean: 1, maximum: 1 },
      ],
    },
  ],
  evidence: { validation_bundle_sha256: 'd'.repeat(64) as never },
};

test('every part of the report says where it comes from, and nothing else is said to', () => {
  const report = segmentReport(facts);
  assert.deepEqual(
    segmentReportSchema.parse(JSON.parse(JSON.stringify(report))),
    JSON.parse(JSON.stringify(report)),
  );
  const { provenance, schema: _, ...members } = report;
  const told = provenance.flatMap(({ part }) => part.split(':')[0]?.split(', ') ?? []);
  assert.deepEqual([...new Set(told)].sort(), Object.keys(members).sort());
});

test('the page stands alone, says the verdict and why, and is the same each time', () => {
  const page = segmentPage(segmentReport(facts));
  assert.equal(segmentPage(segmentReport(facts)), page);
  assert.doesNotMatch(page, /https?:\/\/(?!www\.w3\.org\/)|<script|<link|<img|@import|url\((?!#)/);
  assert.match(page, /<strong class="bad">FAIL<\/strong>/);
  assert.match(page, /Blocked by S4_RECOMPOSITION FAIL/);
  for (const text of [page, segmentMarkdown(segmentReport(facts))]) {
    assert.match(text, /What does not fit[\s\S]*S5 has said PASS in validation, of other outputs/);
  }
  assert.match(page, /class="badge unsure">ERROR<\/span><span>S5_EXPECTATION/);
  assert.match(page, /<code>scenarios_over_time: overlay<\/code>/);
  assert.match(page, new RegExp('d'.repeat(64)));
});

test('a run that S5 has not judged says so and passes nothing', () => {
  const unjudged = segmentReport({
    ...facts,
    overall_status: null,
    findings: [],
    blocking_reasons: [],
    checks: [],
    weekly_shape: [],
    scenarios_over_time: [],
    evidence: { validation_bundle_sha256: null },
  });
  for (const text of [segmentPage(unjudged), segmentMarkdown(unjudged)]) {
    assert.match(text, /not judged/);
    assert.match(text, /S5 has not judged/);
    assert.doesNotMatch(text, />PASS|\*\*PASS/);
  }
});

test('a run that was altered since it was judged says that, and is no colour of a pass', () => {
  const altered = segmentReport({
    ...facts,
    overall_status: 'ALTERED',
    checks: [],
    evidence: { validation_bundle_sha256: null },
  });
  assert.match(segmentPage(altered), /<strong class="bad">ALTERED<\/strong>/);
  for (const text of [segmentPage(altered), segmentMarkdown(altered)]) {
    assert.match(text, /S5 has not judged what lies there now/);
  }
});
