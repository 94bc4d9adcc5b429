import assert from 'node:assert/strict';
import { test } from 'node:test';
import { stateNames } from '../../../../lib/segment-5a/frame/states.ts';
import {
  isWanted,
  latestReports,
  receiptSet,
  reportSet,
  validationSet,
} from '../../../../lib/segment-5a/lake/run-sets.ts';

const run = `manifest_fingerprint=${'a'.repeat(64)}`;
const s1 = receiptSet(`data/layer2/5A/receipts/state=S1/${run}/receipt.json`);
const s4 = (scenario: string, mbucket: string) =>
  receiptSet(
    `data/layer2/5A/receipts/state=S4/${run}/scenario_id=${scenario}/mbucket=${mbucket}/receipt.json`,
  );
const validation = validationSet(`data/layer2/5A/validation/${run}`);
const report = reportSet(`reports/layer2/5A/state=S4/${run}/run_report.json`, '20260221T060431000Z');
const all = [
  'run',
  s1,
  s4('baseline_v1', '00'),
  s4('baseline_v1', '01'),
  s4('stress_v1', '00'),
  validation,
  report,
];

const wanted = (selection: Parameters<typeof isWanted>[1]) => all.filter((name) => isWanted(name, selection));

test('a lane of S4 gets what precedes it whole, and of S4 its own part', () => {
  const selection = {
    states: ['S0', 'S1', 'S2', 'S3', 'S4'],
    limited: ['S4'],
    scenarioIds: ['baseline_v1'],
    buckets: [1],
    validation: false,
    reports: false,
  } as const;
  assert.deepEqual(wanted(selection), ['run', s1, s4('baseline_v1', '01')]);
});

test('a burst gets the surface of its scenario and the bundle that vouches for it', () => {
  const selection = {
    states: ['S0', 'S4'],
    scenarioIds: ['baseline_v1'],
    validation: true,
    reports: false,
  } as const;
  assert.deepEqual(wanted(selection), ['run', s4('baseline_v1', '00'), s4('baseline_v1', '01'), validation]);
});

test('a report gets everything, and of the attempts of a part the last', () => {
  assert.deepEqual(wanted({ states: stateNames, validation: true, reports: true }), all);
  const later = reportSet(`reports/layer2/5A/state=S4/${run}/run_report.json`, '20260221T070000000Z');
  assert.deepEqual(latestReports([later, s1, report]), [s1, later]);
});
