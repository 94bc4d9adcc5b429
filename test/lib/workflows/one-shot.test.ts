import assert from 'node:assert/strict';
import { test } from 'node:test';
import aslValidator from 'asl-validator';
import { instantFromMillis } from '../../../lib/vocabulary/instant.ts';
import { workflows } from '../../../lib/workflows/catalogue.ts';
import { lintStateMachine } from '../../../lib/workflows/lint-state-machine.ts';
import { oneShotDefinition } from '../../../lib/workflows/one-shot.ts';
import { launchTimeoutSeconds } from '../../../lib/workflows/one-shot-input.ts';
import type { State, StateMachine } from '../../../lib/workflows/state-machine.ts';

const placement = {
  clusterArn: 'arn:aws:ecs:eu-west-2:000000000000:cluster/fraud-platform-local',
  subnets: ['subnet-1'],
  securityGroups: ['sg-1'],
  assignPublicIp: 'DISABLED' as const,
};

for (const [name, definition] of Object.entries(workflows)) {
  test(`${name} is valid ASL`, () => {
    const { isValid, errorsText } = aslValidator(JSON.parse(JSON.stringify(definition(placement))));
    assert.ok(isValid, errorsText());
  });

  test(`${name} keeps to the linted subset`, () => {
    assert.deepEqual(lintStateMachine(definition(placement)), []);
  });
}

const lawful = oneShotDefinition(placement);
const withState = (name: string, state: object): StateMachine => ({
  ...lawful,
  States: { ...lawful.States, [name]: { ...lawful.States[name], ...state } as State },
});
const withoutKey = (name: string, key: string): StateMachine => {
  const machine = structuredClone(lawful);
  Reflect.deleteProperty(machine.States[name] ?? {}, key);
  return machine;
};
const withoutTimeout = (): StateMachine => {
  const machine = structuredClone(lawful);
  Reflect.deleteProperty(machine, 'TimeoutSeconds');
  return machine;
};
const lane = (task: object): StateMachine =>
  withState('Done', {
    Type: 'Parallel',
    Branches: [
      { StartAt: 'Lane', States: { Lane: { ...lawful.States.Run, End: true, Next: undefined, ...task } } },
    ],
    ResultPath: null,
    Catch: [],
    End: true,
  });

const violations: readonly [string, StateMachine, RegExp][] = [
  ['a machine without a timeout', withoutTimeout(), /no TimeoutSeconds/],
  ['a task without a timeout', withoutKey('Run', 'TimeoutSecondsPath'), /Run has no timeout/],
  ['a Retry', withState('Run', { Retry: [] }), /Run has a Retry/],
  ['JSONata', withState('Run', { QueryLanguage: 'JSONata' }), /QueryLanguage/],
  ['a transition into nothing', withState('Run', { Next: 'Nowhere' }), /leads to Nowhere/],
  [
    'a state that is never reached',
    { ...lawful, States: { ...lawful.States, Island: { Type: 'Succeed' } } },
    /Island is never reached/,
  ],
  [
    '$$.State.RetryCount',
    withState('Run', { Parameters: { 'count.$': '$$.State.RetryCount' } }),
    /RetryCount/,
  ],
  ['$$.Map', withState('Run', { Parameters: { 'value.$': '$$.Map.Item.Value' } }), /\$\$\.Map/],
  ['a lane that lets errors out', lane({ Catch: [] }), /lets an error out/],
];

for (const [what, machine, finding] of violations) {
  test(`the lint finds ${what}`, () => {
    assert.match(lintStateMachine(machine).join('\n'), finding);
  });
}

test('a launch times out after its deadline, its grace and its start allowance, never before', () => {
  const now = Date.UTC(2026, 1, 21);
  const seconds = launchTimeoutSeconds(now, instantFromMillis(now + 90_000), 10_000);
  assert.equal(seconds, 90 + 10 + 300 + 60);
});
