import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import {
  answerCustomResource,
  customResourceAnswer,
} from '../../../lib/constructs/custom-resource/answer.ts';
import {
  type CustomResourceRequest,
  customResourceRequestSchema,
} from '../../../lib/constructs/custom-resource/request.ts';
import { type FakeAws, startFakeAws } from '../../support/fake-aws.ts';
import { refusedWith } from '../../support/refused-with.ts';

let fake: FakeAws;
let request: CustomResourceRequest;
before(async () => {
  fake = await startFakeAws({ 'PUT /refuses': () => ({ status: 403 }), 'PUT /answer': () => ({}) });
  request = customResourceRequestSchema.parse({
    RequestType: 'Update',
    PhysicalResourceId: 'p',
    StackId: 's',
    RequestId: 'r',
    LogicalResourceId: 'l',
    ResponseURL: `${fake.url}/answer?X-Amz-Signature=1`,
    ResourceProperties: {},
    OldResourceProperties: {},
  });
});
after(() => fake.close());

test('an answer is put where CloudFormation waits, without a content type', async () => {
  await answerCustomResource(request, { kind: 'done', physicalId: 'p', data: { Version: 3 } }, 1);
  const [call] = fake.calls;
  assert.equal(call?.operation, 'PUT /answer?X-Amz-Signature=1');
  assert.equal(call.headers['content-type'], '');
});

test('an answer that nobody takes is an error after six times, so that Lambda runs the request again', async () => {
  fake.calls.length = 0;
  const refused = { ...request, ResponseURL: `${fake.url}/refuses` };
  await assert.rejects(
    () => answerCustomResource(refused, { kind: 'failed', physicalId: 'p', reason: 'x' }, 1),
    (error) => refusedWith('ANSWER_NOT_DELIVERED')(error) && /status 403/.test(String(error)),
  );
  assert.equal(fake.calls.length, 6);
});

test('a long reason fits the answer', () => {
  const answer = customResourceAnswer(request, {
    kind: 'failed',
    physicalId: 'p',
    reason: 'x'.repeat(9_000),
  });
  assert.ok(answer.length < 4_096);
});

test('what is no request of CloudFormation is not taken for one', () => {
  const { PhysicalResourceId, ...withoutId } = { PhysicalResourceId: 'p', ...request };
  assert.equal(PhysicalResourceId, 'p');
  assert.equal(
    customResourceRequestSchema.safeParse({
      ...withoutId,
      RequestType: 'Delete',
      PhysicalResourceId: undefined,
    }).success,
    false,
  );
  assert.equal(customResourceRequestSchema.safeParse({ time: 'now' }).success, false);
});
