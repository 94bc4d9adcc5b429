import assert from 'node:assert/strict';
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { test } from 'node:test';
import { notRefusals } from '../scripts/ledger/not-refusals.ts';
import { readLedger, renderLedger } from '../scripts/ledger/read-ledger.ts';

const root = join(import.meta.dirname, '..');
const ledger = readLedger(root);

/** Refusals that are still to be shown firing. Nothing is added here: a new one comes with its test. */
const toBeShown: readonly string[] = [
  'ANSWER_UNPROVEN',
  'BASELINE_UNPROVEN',
  'BURST_MEASURES_CONFLICT',
  'CHECKPOINT_FOREIGN',
  'CHECKPOINT_NOT_WRITTEN',
  'EVENTS_UNRESOLVED',
  'LOCAL_CLOUD_DID_NOT_START',
  'MIGRATION_FAILED',
  'NO_FREE_PORT',
  'NO_LOG_LINES',
  'NO_UNPRIVILEGED_ACCOUNT',
  'POSTGRESQL_DID_NOT_START',
  'POSTGRESQL_INITDB_FAILED',
  'POSTGRESQL_NOT_INSTALLED',
  'POSTGRESQL_UNREACHABLE',
  'QUERY_INTERRUPTED',
  'QUERY_RESULT_CONFLICT',
  'REPORT_CONFLICT',
  'REPORT_UNPROVEN',
  'RUN_SCOPE_FOREIGN',
  'S1_REALISM',
  'S4_DOMAIN_ALIGNMENT_FAILED',
  'S5_EXPECTATION',
  'SCHEMA_OLDER',
  'SEALED_DIFFERENTLY',
  'SEAL_COPIES_DIFFER',
  'SERVICE_ENVIRONMENT_MALFORMED',
  'WATCH_INTERRUPTED',
  'WORLD_IO_WRITE_FAILED',
];

test('every check, veto, blocker and refusal is named by a test', () => {
  const silent = ledger.filter(({ code, tests }) => tests.length === 0 && !notRefusals.has(code));
  assert.deepEqual(
    silent.map(({ code }) => code),
    [...toBeShown].sort(),
    'write a test that shows the new one firing; take off the list what has one now',
  );
});

test('nothing is called no refusal that the product does not say', () => {
  const said = new Set(ledger.map(({ code }) => code));
  assert.deepEqual(
    [...notRefusals].filter((code) => !said.has(code)),
    [],
  );
});

test('blockers of bursts are each shown open by a test', async () => {
  const rules = await readFile(join(root, 'lib/gates/burst/judge-figures.ts'), 'utf8');
  const blockers = [...new Set(rules.match(/'B[1-9]'/g))].map((text) => text.slice(1, -1)).sort();
  assert.deepEqual(blockers, ['B1', 'B2', 'B4', 'B5', 'B6', 'B7', 'B8', 'B9']);
  const shown = await Promise.all(
    ['test/lib/gates/burst/adjudicate.test.ts', 'test/bin/burst.test.ts'].map((path) =>
      readFile(join(root, path), 'utf8'),
    ),
  );
  // B3 is about the three copies, after the judgement.
  for (const blocker of [...blockers, 'B3'])
    assert.match(shown.join('\n'), new RegExp(`\\b(M10F-)?${blocker}\\b`));
});

test('the page of the ledger is what the code says', async () => {
  const page = await readFile(join(root, 'docs/gate-ledger.md'), 'utf8');
  // Not `equal`: it would print the whole page twice.
  assert.ok(page === renderLedger(ledger, notRefusals), 'run npm run docs');
});
