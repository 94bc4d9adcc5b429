import type { Findings, Outcome } from '../../bin/first-run/outcome.ts';

export const sampleFindings: Findings = {
  world: {
    publication: 'published',
    folder: '/clone/.fraud-platform/runs/worlds/small-42',
    merchants: 40,
    countries: 12,
    merchantZones: 740,
    calendarEvents: 262,
    bundleDigest: '1'.repeat(64),
  },
  segment: {
    execution: 'segment-5a_20260221T060400Z',
    run: '381ccbe9e7dbd31544424a928c0f5dc8',
    folder: '/clone/.fraud-platform/runs/381ccbe9e7dbd31544424a928c0f5dc8',
    manifestFingerprint: '2'.repeat(64),
    publication: 'published',
    scenarios: 2,
    intensities: 497_280,
    stateSeconds: 3.66,
    checksPassed: 30,
    checks: 30,
    bundleDigest: '3'.repeat(64),
  },
  burst: {
    execution: 'burst_20260221T060431Z',
    run: 'platform_20260221T060431Z',
    sent: 4_500,
    admitted: 4_500,
    duplicates: 0,
    quarantined: 0,
    loadSeconds: 4.846,
    p50Millis: 7.3,
    p99Millis: 42.5,
  },
  verdict: {
    mayClose: false,
    certifying: false,
    phase: 'M10.F bounded burst',
    gate: 'm10f-burst',
    blockers: [
      {
        id: 'M10F-B1',
        meaning: 'the profile was missed: multiplier, duration or admit ratio',
        reasons: ['6.409 s over task_life, of 900'],
      },
    ],
    snapshotSha256: '4'.repeat(64),
  },
  query: {
    execution: 'query_20260221T060450Z',
    name: 'receipts_window',
    receipts: { ADMIT: '4500', DUPLICATE: '0', QUARANTINE: '0' },
  },
  reports: [
    { about: 'burst', status: 'BLOCKED', page: '/clone/.fraud-platform/reports/burst/report.html' },
    { about: 'segment', status: 'PASS', page: '/clone/.fraud-platform/reports/segment/report.html' },
  ],
  proof: { bundles: 8, copies: 20, files: 341, sha256sum: 'agrees' },
};

export const sampleOutcome: Outcome = {
  scale: 'small',
  seed: '42',
  millis: 21_430,
  steps: [
    { name: 'environment', millis: 2_340, says: 'PostgreSQL 127.0.0.1:20001, AWS wire 127.0.0.1:20002' },
    { name: 'world', millis: 212, says: 'forty merchants' },
    { name: 'segment', millis: 4_319, says: 'half a million intensities' },
    { name: 'burst', millis: 8_600, says: 'four thousand admitted' },
    { name: 'verdict', millis: 97, says: 'BLOCKED by M10F-B1; computed again: the same bytes' },
    { name: 'query', millis: 1_083, says: 'receipts_window' },
    { name: 'reports', millis: 2_899, says: 'burst BLOCKED, segment PASS' },
    { name: 'proof', millis: 902, says: '8 bundles, 20 copies, 341 files; sha256sum -c agrees' },
  ],
  findings: sampleFindings,
  state: { folders: ['/clone/.fraud-platform'], bytes: 65 * 2 ** 20, addedBytes: 5.2 * 2 ** 20 },
};
