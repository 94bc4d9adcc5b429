import assert from 'node:assert/strict';
import { test } from 'node:test';
import { type Access, decide, type PolicyStatement } from '../support/template/evaluate-access.ts';

// The evaluator that the templates are run under is itself shown to say no.
const statement = (change: Partial<PolicyStatement> = {}): PolicyStatement => ({
  sid: '',
  effect: 'Allow',
  actions: ['s3:GetObject'],
  resources: ['arn:aws:s3:::bucket/lake/*'],
  principals: [],
  conditions: {},
  ...change,
});
const access = (change: Partial<Access> = {}): Access => ({
  principal: 'arn:aws:iam::123456789012:role/reader',
  action: 's3:GetObject',
  resource: 'arn:aws:s3:::bucket/lake/runs/1',
  context: {},
  ...change,
});
const everybody = { principals: ['*'] };
const root = { principals: ['arn:aws:iam::123456789012:root'] };
const keyArn = 'arn:aws:kms:eu-west-2:123456789012:key/one';
const decrypt = { action: 'kms:Decrypt', resource: keyArn };
const mayDecrypt = statement({ actions: ['kms:Decrypt'], resources: [keyArn] });
const cases: readonly (readonly [
  what: string,
  allowed: boolean,
  access: Access,
  granted: readonly PolicyStatement[],
  held?: readonly PolicyStatement[],
])[] = [
  ['nothing is granted', false, access(), []],
  ['a grant', true, access(), [statement()]],
  ['another action', false, access({ action: 's3:PutObject' }), [statement()]],
  ['an action in other letters', true, access({ action: 'S3:getobject' }), [statement()]],
  ['another place', false, access({ resource: 'arn:aws:s3:::bucket/evidence/1' }), [statement()]],
  [
    'every action that begins so',
    true,
    access({ action: 's3:DeleteObject' }),
    [statement({ actions: ['s3:Delete*'] })],
  ],
  [
    'a deny beside the allow',
    false,
    access(),
    [statement(), statement({ effect: 'Deny', resources: ['*'] })],
  ],
  ['a deny of the resource', false, access(), [statement()], [statement({ effect: 'Deny', ...everybody })]],
  [
    'a deny of somebody else',
    true,
    access(),
    [statement()],
    [statement({ effect: 'Deny', principals: ['arn:aws:iam::1:role/x'] })],
  ],
  ['an allow of the resource alone', true, access(), [], [statement({ principals: [access().principal] })]],
  [
    'a key that lets the account decide',
    true,
    access(decrypt),
    [mayDecrypt],
    [statement({ ...mayDecrypt, ...root })],
  ],
  ['a key that knows nobody', false, access(decrypt), [mayDecrypt], []],
  ['a key, and no grant', false, access(decrypt), [], [statement({ ...mayDecrypt, ...root })]],
  ...(
    [
      ['StringEquals', { 'ecs:CreateAction': 'RunTask' }, ['RunTask'], true],
      ['StringEquals', {}, ['RunTask'], false],
      ['StringLike', { 'ecs:CreateAction': 'RunTask' }, ['Run*'], true],
      ['ArnNotEquals', {}, ['x'], true],
      ['ArnNotEquals', { 'ecs:CreateAction': 'x' }, ['x'], false],
      ['Null', {}, ['true'], true],
      ['Null', { 'ecs:CreateAction': '*' }, ['true'], false],
      ['Bool', { 'ecs:CreateAction': 'false' }, ['false'], true],
      ['NumericLessThan', { 'ecs:CreateAction': '1.3' }, ['1.2'], false],
    ] as const
  ).map(
    ([operator, context, wanted, holds]) =>
      [
        `${operator} ${wanted} of ${JSON.stringify(context)}`,
        holds,
        access({ context }),
        [statement({ conditions: { [operator]: { 'ecs:CreateAction': wanted } } })],
      ] as const,
  ),
];

for (const [what, allowed, asked, granted, held] of cases) {
  test(`${what}: ${allowed ? 'allowed' : 'denied'}`, () => {
    const decision = decide(asked, granted, held);
    assert.equal(decision.allowed, allowed);
    if (!decision.allowed)
      assert.match(decision.why, new RegExp(`assumed-role/reader/session .* ${asked.action} on resource: `));
  });
}

test('an operator that nobody has thought about is no answer', () => {
  const odd = statement({ conditions: { IpAddress: { 'aws:SourceIp': ['10.0.0.0/8'] } } });
  assert.throws(() => decide(access(), [odd], undefined), /IpAddress/);
});
