import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { ValidationPolicy } from '../../../../lib/segment-5a/policies/validation.ts';
import { blockingReasons, CheckList, failed, passed } from '../../../../lib/segment-5a/s5/check.ts';
import { shippedPolicies } from '../shipped-policies.ts';

const policy: ValidationPolicy = {
  ...(await shippedPolicies()).validation,
  blocking: ['S1_PK_VALID'],
  advisory: ['S4_LAMBDA_SCENARIO_GUARDRAIL'],
  warn_is_blocking: [],
};
const finding = { issueCode: 'X', context: {}, message: 'first line\nsecond line' };

async function listOf(b: 'PASS' | 'FAIL' | 'ERROR', a: 'PASS' | 'FAIL' | 'WARN' = 'PASS') {
  const checks = new CheckList();
  checks.record(
    'S1_PK_VALID',
    'S1',
    a === 'PASS' ? passed() : { status: a, metrics: {}, findings: [finding] },
  );
  await checks.run('S4_LAMBDA_SCENARIO_GUARDRAIL', 'S4', () => {
    if (b === 'ERROR') throw new Error('the file is gone\nat /somewhere');
    return b === 'PASS' ? passed() : failed({}, finding);
  });
  return checks;
}

test('an advisory FAIL does not block, an advisory ERROR does: nothing is known', async () => {
  assert.deepEqual(blockingReasons((await listOf('FAIL')).records, policy), []);
  const errored = await listOf('ERROR');
  assert.deepEqual(blockingReasons(errored.records, policy), ['S4_LAMBDA_SCENARIO_GUARDRAIL ERROR']);
  assert.deepEqual(
    errored.issues.map(({ issueCode, message }) => [issueCode, message]),
    [['CHECK_COULD_NOT_RUN', 'the file is gone']],
  );
});

test('a blocking FAIL blocks; a WARN only where the policy says so', async () => {
  assert.deepEqual(blockingReasons((await listOf('PASS', 'FAIL')).records, policy), ['S1_PK_VALID FAIL']);
  const warned = (await listOf('PASS', 'WARN')).records;
  assert.deepEqual(blockingReasons(warned, policy), []);
  assert.deepEqual(blockingReasons(warned, { ...policy, warn_is_blocking: ['S1_PK_VALID'] }), [
    'S1_PK_VALID WARN',
  ]);
});

test('a blocking check that never ran blocks, and so does a failing one that is listed nowhere', async () => {
  assert.deepEqual(blockingReasons([], policy), ['S1_PK_VALID NOT_RUN']);
  const checks = await listOf('PASS');
  checks.record('S4_RECOMPOSITION', 'S4', failed({}, finding));
  assert.deepEqual(blockingReasons(checks.records, policy), ['S4_RECOMPOSITION FAIL']);
});

test('of several scenarios the worst status stands, and each keeps its metrics', () => {
  const checks = new CheckList();
  const [one, two] = ['baseline_v1', 'stress_v1'] as Parameters<typeof checks.record>[3][];
  checks.record('S1_PK_VALID', 'S4', failed({ rows: 1 }, finding), one);
  checks.record('S1_PK_VALID', 'S4', passed({ rows: 2 }), two);
  assert.deepEqual(checks.records, [
    { checkId: 'S1_PK_VALID', status: 'FAIL', metrics: { baseline_v1: { rows: 1 }, stress_v1: { rows: 2 } } },
  ]);
});
