import assert from 'node:assert/strict';
import { test } from 'node:test';
import { broadened } from '../../../lib/stacks/checks/permissions.ts';
import { type Template, templateSchema } from '../../../lib/stacks/checks/template.ts';

type Statement = Readonly<Record<string, unknown>>;
const put: Statement = {
  Effect: 'Allow',
  Action: ['s3:PutObject'],
  Resource: ['arn:aws:s3:::evidence/a/*'],
  Condition: { StringEquals: { 'aws:SourceAccount': '111122223333' } },
};
const role = (statements: readonly Statement[], principal: object = { Service: 'ecs-tasks.amazonaws.com' }) =>
  templateSchema.parse({
    Resources: {
      Role: {
        Type: 'AWS::IAM::Role',
        Properties: {
          AssumeRolePolicyDocument: {
            Statement: [{ Effect: 'Allow', Action: 'sts:AssumeRole', Principal: principal }],
          },
          Policies: [{ PolicyDocument: { Statement: statements } }],
        },
      },
    },
  });
const bucket = (statements: readonly Statement[]) =>
  templateSchema.parse({
    Resources: {
      Policy: { Type: 'AWS::S3::BucketPolicy', Properties: { PolicyDocument: { Statement: statements } } },
    },
  });
const group = (properties: object) =>
  templateSchema.parse({ Resources: { Group: { Type: 'AWS::EC2::SecurityGroup', Properties: properties } } });
const deny: Statement = { Effect: 'Deny', Principal: '*', Action: 's3:Delete*', Resource: '*' };
const door = { IpProtocol: 'tcp', FromPort: 8080, ToPort: 8080, SourceSecurityGroupId: 'sg-1' };

const broader: readonly (readonly [what: string, before: Template, after: Template, names: RegExp])[] = [
  ['an action', role([put]), role([{ ...put, Action: ['s3:PutObject', 's3:GetObject'] }]), /s3:GetObject/],
  ['a resource', role([put]), role([{ ...put, Resource: '*' }]), /s3:PutObject on \*/],
  [
    'no condition',
    role([put]),
    role([{ ...put, Condition: {} }]),
    /s3:PutObject on arn:aws:s3:::evidence\/a\/\*$/,
  ],
  [
    'a wider condition',
    role([put]),
    role([{ ...put, Condition: { StringLike: { 'aws:SourceAccount': '*' } } }]),
    /StringLike/,
  ],
  [
    'a role',
    role([]),
    templateSchema.parse({ Resources: { ...role([]).Resources, More: role([put]).Resources.Role } }),
    /More/,
  ],
  ['another trust', role([]), role([], { AWS: '*' }), /\* sts:AssumeRole/],
  [
    'everything but',
    role([put]),
    role([{ ...put, Action: undefined, NotAction: 's3:Delete*' }]),
    /everything but/,
  ],
  ['a denial less', bucket([deny]), bucket([]), /no longer denies.*s3:Delete/],
  [
    'a denial with an exception',
    bucket([deny]),
    bucket([{ ...deny, Condition: { Bool: { x: 'true' } } }]),
    /no longer denies/,
  ],
  ['a way in', group({}), group({ SecurityGroupIngress: [door] }), /from sg-1 tcp 8080-8080/],
  [
    'a wider way in',
    group({ SecurityGroupIngress: [door] }),
    group({ SecurityGroupIngress: [{ ...door, ToPort: 9000 }] }),
    /8080-9000/,
  ],
  [
    'a way out',
    group({}),
    group({ SecurityGroupEgress: [{ CidrIp: '0.0.0.0/0', IpProtocol: '-1' }] }),
    /to 0\.0\.0\.0/,
  ],
];
for (const [what, before, after, names] of broader) {
  test(`${what}: broader, and said`, () => {
    assert.match(broadened(before, after).join('\n'), names);
    assert.deepEqual(broadened(after, after), []);
  });
}

test('less is not broader', () => {
  assert.deepEqual(broadened(role([put]), role([])), []);
  assert.deepEqual(broadened(bucket([]), bucket([deny])), []);
  assert.deepEqual(broadened(group({ SecurityGroupIngress: [door] }), group({})), []);
});

test('the same, written otherwise, is the same', () => {
  const split = [
    { ...put, Action: 's3:PutObject', Resource: 'arn:aws:s3:::evidence/a/*' },
    { ...put, Sid: 'Again' },
  ];
  assert.deepEqual(broadened(role([put]), role(split)), []);
});
