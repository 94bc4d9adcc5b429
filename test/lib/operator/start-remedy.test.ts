import assert from 'node:assert/strict';
import { test } from 'node:test';
import { startRemedy } from '../../../lib/operator/start-remedy.ts';

/** In the words of ECS. */
const cases: readonly [string, RegExp | undefined][] = [
  [
    'task record: the task never started (CannotPullContainerError: pull image manifest has been retried 1 time(s): failed to resolve ref 1.dkr.ecr.eu-west-2.amazonaws.com/x@sha256:0: not found)',
    /image is not published.*image push --env dev-min/,
  ],
  [
    'task record: the task never started (ECS was unable to assume the role arn:aws:iam::1:role/x-execution that was provided for this task.)',
    /role of the task is missing.*cdk deploy 'dev-min/,
  ],
  [
    'task record: the task never started (ResourceInitializationError: unable to pull secrets or registry auth: unable to retrieve secrets from ssm: AccessDenied)',
    /secret of the task cannot be read/,
  ],
  ['task record: exit 65 (data)', undefined],
];
for (const [reason, expected] of cases) {
  test(`${reason.slice(0, 90)}: ${expected === undefined ? 'no remedy' : 'a remedy'}`, () => {
    const remedy = startRemedy('dev-min', ['result.json: absent', reason]);
    if (expected === undefined) assert.equal(remedy, undefined);
    else assert.match(remedy ?? '', expected);
  });
}
