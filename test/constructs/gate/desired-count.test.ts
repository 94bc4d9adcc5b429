import assert from 'node:assert/strict';
import { after, before, beforeEach, test } from 'node:test';
import { z } from 'zod';
import { type FakeAws, type LoadedHandler, loadHandler, startFakeAws } from '../../support/fake-aws.ts';
import { askedActions, grantedActions } from '../../support/granted-actions.ts';

let services: object = { services: [] };
const answers: unknown[] = [];
let fake: FakeAws;
let reader: LoadedHandler;

before(async () => {
  fake = await startFakeAws({
    'AmazonEC2ContainerServiceV20141113.DescribeServices': () => ({ body: services }),
    'PUT /answer': ({ body }) => {
      answers.push(JSON.parse(String(body)));
      return { body: '' };
    },
  });
  reader = loadHandler('lib/constructs/gate/desired-count-handler.ts', fake, {});
});
beforeEach(() => {
  answers.length = 0;
});
after(() => fake.close());

const request = (RequestType: string) => ({
  RequestType,
  StackId: 'stack',
  RequestId: 'request',
  LogicalResourceId: 'PresentCount',
  ResponseURL: `${fake.url}/answer`,
  ...(RequestType === 'Create' ? {} : { PhysicalResourceId: 'desired-count' }),
  ResourceProperties: { ServiceToken: 'arn', cluster: 'c', service: 's', taskDefinition: 't:2' },
});
const answerSchema = z.object({
  Status: z.string(),
  Data: z.object({ DesiredCount: z.number().optional() }).optional(),
});
const ask = async (RequestType: string) => {
  await reader.handle(request(RequestType));
  const { Status, Data } = answerSchema.parse(answers.at(-1));
  return Status === 'SUCCESS' ? Data?.DesiredCount : Status;
};

test('a service that is not there yet wants nothing', async () => {
  services = { services: [], failures: [{ arn: 's', reason: 'MISSING' }] };
  assert.equal(await ask('Create'), 0);
  services = { services: [{ status: 'INACTIVE', desiredCount: 3 }] };
  assert.equal(await ask('Create'), 0);
});

test('a deploy during a burst gives back what the burst scaled', async () => {
  services = { services: [{ status: 'ACTIVE', desiredCount: 4 }] };
  assert.equal(await ask('Update'), 4);
});

test('unknown is not zero: the deploy stops', async () => {
  fake.faults.push({ operation: 'AmazonEC2ContainerServiceV20141113', kind: 'denied' });
  assert.equal(await ask('Update'), 'FAILED');
  services = { services: [], failures: [{ arn: 's', reason: 'UNREADABLE' }] };
  assert.equal(await ask('Update'), 'FAILED');
});

test('a delete asks nothing', async () => {
  fake.calls.length = 0;
  await ask('Delete');
  assert.equal(fake.calls.length, 1);
});

test('its role allows what it asked for above, and nothing more', () => {
  assert.deepEqual(askedActions(fake), grantedActions('gate-count'));
});
