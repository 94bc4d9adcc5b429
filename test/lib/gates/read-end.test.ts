import assert from 'node:assert/strict';
import { test } from 'node:test';
import { canonicalBytes } from '../../../lib/evidence/format/canonical-json.ts';
import { readEnd } from '../../../lib/gates/evidence-sources.ts';
import type { ExecutionSources } from '../../../lib/gates/execution-verdict.ts';
import { executionIdSchema } from '../../../lib/vocabulary/identifiers.ts';
import type { JsonObject } from '../../../lib/vocabulary/json.ts';
import { executionRecord } from '../../support/launch-documents.ts';

const executionId = executionIdSchema.parse('probe_20260221T020923Z');
const record = (change: JsonObject) => executionRecord(executionId, change);
const told = (
  status: ExecutionSources['status'],
  error?: string,
): Pick<ExecutionSources, 'status' | 'error'> => ({ status, error });
const nobodyKnows = told('UNKNOWN');

const cases: readonly (readonly [
  what: string,
  told: Pick<ExecutionSources, 'status' | 'error'>,
  record: Uint8Array | undefined,
  end: Omit<ExecutionSources, 'launches'>,
])[] = [
  ['there is no record yet', told('FAILED', 'TaskFailed'), undefined, told('FAILED', 'TaskFailed')],
  ['they agree', told('FAILED', 'TaskFailed'), record({}), told('FAILED', 'TaskFailed')],
  ['the record has no error', told('FAILED', 'TaskFailed'), record({ error: null }), told('FAILED')],
  ['the state machine has forgotten', nobodyKnows, record({}), told('FAILED', 'TaskFailed')],
  ['the history may be without launches', told('RUNNING'), record({}), told('RUNNING')],
  [
    'the record is of another execution',
    told('FAILED'),
    record({ execution_id: 'm10_20260221T020923Z' }),
    nobodyKnows,
  ],
  ['the record is of another environment', told('FAILED'), record({ environment: 'prod' }), nobodyKnows],
  ['the record is none', told('FAILED'), canonicalBytes({}), nobodyKnows],
  [
    'they differ',
    told('SUCCEEDED'),
    record({}),
    {
      ...told('FAILED', 'TaskFailed'),
      contradiction: 'the execution is SUCCEEDED, yet its record says FAILED',
    },
  ],
];
for (const [what, history, content, end] of cases) {
  test(`how an execution ended, where ${what}`, () => {
    assert.deepEqual(readEnd(history, content, 'local', executionId), end);
  });
}
