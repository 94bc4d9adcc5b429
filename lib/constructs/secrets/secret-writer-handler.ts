import { SecretsManagerClient } from '@aws-sdk/client-secrets-manager';
import { SSMClient } from '@aws-sdk/client-ssm';
import { fail } from '../../vocabulary/failure.ts';
import { answerCustomResource } from '../custom-resource/answer.ts';
import { customResourceRequestSchema } from '../custom-resource/request.ts';
import { parameterStore } from './secret-store-handler.ts';
import { refreshRequestSchema } from './secret-wish.ts';
import { handleSecretRequest, kindOfError, writeSecret } from './write-secret.ts';

// PutParameter is throttled at a few a second, and CloudFormation asks for all parameters at once.
const retries = { maxAttempts: 12 };
const store = parameterStore(
  new SSMClient(retries),
  new SecretsManagerClient(retries),
  process.env.SECRETS_KEY ?? '',
);

/** The Lambda that draws secrets: requests of CloudFormation, and the schedule's. Logs names and versions. */
export async function handler(event: unknown): Promise<void> {
  const refresh = refreshRequestSchema.safeParse(event);
  if (refresh.success) {
    for (const wish of refresh.data.refresh) {
      const { version, changed } = await writeSecret(wish, store).catch((error: unknown) =>
        // What the service wrote may quote the value; Lambda logs whatever is thrown.
        fail({
          exit: 'transient',
          code: 'SECRET_NOT_REFRESHED',
          message: `${wish.name} was not refreshed: ${kindOfError(error)}`,
          where: wish.name,
          remedy: 'Nothing: the schedule asks again.',
        }),
      );
      process.stdout.write(`${JSON.stringify({ secret: wish.name, version, changed })}\n`);
    }
    return;
  }
  const request = customResourceRequestSchema.parse(event);
  const outcome = await handleSecretRequest(request, store);
  process.stdout.write(
    `${JSON.stringify({ request: request.RequestType, resource: request.LogicalResourceId, ...outcome })}\n`,
  );
  await answerCustomResource(request, outcome);
}
