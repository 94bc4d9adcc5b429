import { GetSecretValueCommand, type SecretsManagerClient } from '@aws-sdk/client-secrets-manager';
import {
  DeleteParameterCommand,
  GetParameterHistoryCommand,
  ParameterNotFound,
  PutParameterCommand,
  type SSMClient,
} from '@aws-sdk/client-ssm';
import { z } from 'zod';
import type { SecretVersion } from './plan-secret.ts';
import type { SecretStore } from './write-secret.ts';

const masterSecretSchema = z.object({ password: z.string().min(1) });

/** Secrets in Parameter Store as SecureStrings under `keyId`; the owner's password from Secrets Manager. */
export function parameterStore(ssm: SSMClient, secrets: SecretsManagerClient, keyId: string): SecretStore {
  return {
    history: async (name) => {
      const versions: SecretVersion[] = [];
      let token: string | undefined;
      do {
        const page = await ssm
          .send(
            new GetParameterHistoryCommand({
              Name: name,
              WithDecryption: true,
              ...(token === undefined ? {} : { NextToken: token }),
            }),
          )
          .catch((error: unknown) => {
            if (error instanceof ParameterNotFound) return undefined;
            throw error;
          });
        for (const { Version, Value, Description } of page?.Parameters ?? []) {
          versions.push({ version: Version ?? 0, value: Value ?? '', description: Description ?? '' });
        }
        token = page?.NextToken;
      } while (token !== undefined);
      return versions;
    },
    put: async (name, value, description) => {
      const { Version } = await ssm.send(
        new PutParameterCommand({
          Name: name,
          Value: value,
          Description: description,
          Type: 'SecureString',
          KeyId: keyId,
          Overwrite: true,
        }),
      );
      return Version ?? 0;
    },
    remove: async (name) => {
      await ssm.send(new DeleteParameterCommand({ Name: name })).catch((error: unknown) => {
        if (!(error instanceof ParameterNotFound)) throw error;
      });
    },
    masterPassword: async (secret) => {
      const { SecretString } = await secrets.send(new GetSecretValueCommand({ SecretId: secret }));
      return masterSecretSchema.parse(JSON.parse(SecretString ?? '{}')).password;
    },
  };
}
