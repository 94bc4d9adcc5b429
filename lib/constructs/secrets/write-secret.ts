import { randomBytes } from 'node:crypto';
import { errorCodeOf, isPlatformError } from '../../vocabulary/failure.ts';
import type { CustomResourceOutcome, CustomResourceRequest } from '../custom-resource/request.ts';
import { planSecret, type SecretVersion } from './plan-secret.ts';
import { type SecretWish, secretWishSchema } from './secret-wish.ts';

/** Where secrets are kept. Every method may be tried again. */
export type SecretStore = {
  /** Every kept version; empty when there is no such parameter. */
  readonly history: (name: string) => Promise<readonly SecretVersion[]>;
  /** Puts a new version, encrypted, and returns its number. */
  readonly put: (name: string, value: string, description: string) => Promise<number>;
  /** Removes the parameter with its history; nothing to remove is fine. */
  readonly remove: (name: string) => Promise<void>;
  /** Password in the owner's secret of the database. */
  readonly masterPassword: (secret: string) => Promise<string>;
};

/** 32 random bytes and more, URL-safe: nothing in it needs an escape in a DSN. */
const draw = () => randomBytes(48).toString('base64url');

/** Makes one parameter what is wished; returns its version, never its value. */
export async function writeSecret(
  wish: SecretWish,
  store: SecretStore,
): Promise<{ readonly version: number; readonly changed: boolean }> {
  const follows = wish.kind === 'api-key' ? wish.follows : undefined;
  const plan = planSecret(
    wish,
    {
      history: await store.history(wish.name),
      followed: follows === undefined ? [] : await store.history(follows),
      masterPassword: wish.kind === 'master-dsn' ? await store.masterPassword(wish.masterSecret) : undefined,
    },
    draw,
  );
  if (plan.kind === 'keep') return { version: plan.version, changed: false };
  return { version: await store.put(wish.name, plan.value, plan.description), changed: true };
}

/**
 * Answers one request about one parameter. Its physical id is its name, so that a changed name creates
 * the new parameter before CloudFormation deletes the old one. Never throws: a failure is an outcome, and
 * says which kind of error it was, not what the service wrote, which may quote the value.
 */
export async function handleSecretRequest(
  request: CustomResourceRequest,
  store: SecretStore,
): Promise<CustomResourceOutcome> {
  const wished = secretWishSchema.safeParse(
    Object.fromEntries(
      Object.entries(request.ResourceProperties).filter(
        ([key]) => key !== 'ServiceToken' && key !== 'ServiceTimeout',
      ),
    ),
  );
  const physicalId =
    request.RequestType === 'Create' ? (wished.data?.name ?? 'refused') : request.PhysicalResourceId;
  try {
    if (request.RequestType === 'Delete') {
      // An id that is no parameter name belongs to a creation that never began.
      if (physicalId.startsWith('/')) await store.remove(physicalId);
      return { kind: 'done', physicalId, data: {} };
    }
    if (!wished.success) {
      const keys = wished.error.issues.map(({ path }) => path.join('.')).join(', ');
      return { kind: 'failed', physicalId, reason: `the properties are malformed: ${keys}` };
    }
    const { name } = wished.data;
    const { version } = await writeSecret(wished.data, store);
    return { kind: 'done', physicalId: name, data: { Name: name, Version: version } };
  } catch (error) {
    return { kind: 'failed', physicalId, reason: kindOfError(error) };
  }
}

/** Name of an error without its message. */
export function kindOfError(error: unknown): string {
  if (isPlatformError(error)) return error.failure.code;
  const code = errorCodeOf(error);
  return error instanceof Error
    ? [error.name, code].filter((text) => text !== undefined).join(' ')
    : 'unknown';
}
