import { DescribeServicesCommand, ECSClient } from '@aws-sdk/client-ecs';
import { z } from 'zod';
import { answerCustomResource } from '../custom-resource/answer.ts';
import {
  type CustomResourceOutcome,
  type CustomResourceRequest,
  customResourceRequestSchema,
} from '../custom-resource/request.ts';

const propertiesSchema = z.object({ cluster: z.string().min(1), service: z.string().min(1) });

/**
 * How many tasks a service wants right now; 0 when it does not exist yet. A deploy that changes the
 * service gives this number back to it, so that a deploy never scales what a burst scaled. Never throws.
 */
export async function currentCount(
  request: CustomResourceRequest,
  ecs: ECSClient,
): Promise<CustomResourceOutcome> {
  const physicalId = request.RequestType === 'Create' ? 'desired-count' : request.PhysicalResourceId;
  if (request.RequestType === 'Delete') return { kind: 'done', physicalId, data: {} };
  try {
    const { cluster, service } = propertiesSchema.parse(request.ResourceProperties);
    const { services, failures } = await ecs.send(
      new DescribeServicesCommand({ cluster, services: [service] }),
    );
    const unknown = (failures ?? []).find(({ reason }) => reason !== 'MISSING');
    if (unknown !== undefined) throw new Error(unknown.reason ?? 'without a reason');
    const active = (services ?? []).find(({ status }) => status === 'ACTIVE');
    return { kind: 'done', physicalId, data: { DesiredCount: active?.desiredCount ?? 0 } };
  } catch (error) {
    // Unknown is never zero: the deploy stops rather than scale a gate down under a burst.
    return { kind: 'failed', physicalId, reason: `the service was not read: ${String(error)}` };
  }
}

const ecs = new ECSClient({ maxAttempts: 8 });

/** The Lambda of the custom resource that reads the number. */
export async function handler(event: unknown): Promise<void> {
  const request = customResourceRequestSchema.parse(event);
  await answerCustomResource(request, await currentCount(request, ecs));
}
