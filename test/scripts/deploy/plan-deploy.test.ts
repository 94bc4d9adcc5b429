import assert from 'node:assert/strict';
import { test } from 'node:test';
import { planDeploy, stacksInOrder } from '../../../scripts/deploy/plan-deploy.ts';
import { environmentNamed } from '../../support/environments.ts';
import { withStacks } from '../../support/synthesise.ts';

const common = ['--no-lookups', '--no-notices'];
const planned = (...words: string[]) => {
  const plan = planDeploy(words);
  assert.ok(plan.kind === 'deploy', plan.kind === 'usage' ? plan.message : '');
  return plan;
};

test('a deploy is asked of the doctor, and asks before permissions grow', () => {
  const { doctor, cdk } = planned('--env', 'dev-min');
  assert.deepEqual(doctor, ['doctor', '--env', 'dev-min', '--deploy']);
  assert.deepEqual(cdk, [['deploy', 'dev-min/**', '--require-approval', 'broadening', ...common]]);
});

test('a foundation goes first, before there is an image to look for, but into its own account, while nothing runs', () => {
  const { doctor, cdk } = planned('--env', 'dev-min', '--stack', 'foundation', '--yes');
  assert.deepEqual(doctor, ['doctor', '--env', 'dev-min', '--teardown']);
  assert.deepEqual(cdk, [['deploy', 'dev-min/foundation', '--require-approval', 'never', ...common]]);
  const more = planned('--env', 'dev-min', '--stack', 'foundation', '--stack', 'tasks');
  assert.deepEqual(more.doctor, ['doctor', '--env', 'dev-min', '--deploy']);
});

test('a teardown goes from the end, leaves the foundation, and is refused while anything runs', () => {
  const { doctor, cdk } = planned('--env', 'dev-min', '--destroy');
  assert.deepEqual(doctor, ['doctor', '--env', 'dev-min', '--teardown']);
  assert.deepEqual(cdk, [
    [
      'destroy',
      ...['observability', 'workflows', 'tasks', 'database', 'network'].map((s) => `dev-min/${s}`),
      ...common,
    ],
  ]);
});

test('the order is that of the stacks', () => {
  withStacks(environmentNamed('dev-min'), (stacks) => assert.deepEqual([...stacks.keys()], stacksInOrder));
});

test('what makes no sense is said, and nothing is done', () => {
  for (const words of [
    [],
    ['--env', 'x', '--stack', 'nothing'],
    ['--env', 'x', '--destroy', '--stack', 'tasks'],
    ['--force'],
  ]) {
    assert.equal(planDeploy(words).kind, 'usage', words.join(' '));
  }
});
