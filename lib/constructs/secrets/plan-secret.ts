import { Dsn, parseDsn } from '../../database/dsn.ts';
import { isPlatformError } from '../../vocabulary/failure.ts';
import type { SecretWish } from './secret-wish.ts';

/** A version of a parameter, as its history has it. */
export type SecretVersion = {
  readonly version: number;
  readonly value: string;
  readonly description: string;
};

/** What decides a secret beside the wish. Histories are in any order; no parameter has an empty one. */
export type SecretFacts = {
  readonly history: readonly SecretVersion[];
  /** History of the parameter that an API key follows. */
  readonly followed: readonly SecretVersion[];
  /** The owner's password; for `master-dsn` only. */
  readonly masterPassword: string | undefined;
};

export type SecretPlan =
  | { readonly kind: 'keep'; readonly version: number }
  | { readonly kind: 'put'; readonly value: string; readonly description: string };

/** Says, in the parameter itself and atomically with its value, which rotation drew it. */
export const rotationDescription = (rotation: number) => `rotation ${rotation}`;

/**
 * What to do so that a parameter is what is wished. Pure, but for `draw`, which makes a random secret.
 *
 * A rotation draws once: whoever asks again, after a lost answer, in parallel, or when CloudFormation
 * rolls back to an earlier rotation, gets the value that this rotation had. A DSN whose server moved
 * keeps its password. Use it with the whole history, not with the current value alone.
 */
export function planSecret(
  wish: SecretWish,
  { history, followed, masterPassword }: SecretFacts,
  draw: () => string,
): SecretPlan {
  const description = rotationDescription(wish.rotation);
  const drawnBefore = newestOf(history, description)?.value;
  const value = (() => {
    switch (wish.kind) {
      case 'login-dsn':
        return dsnOf(wish, passwordIn(drawnBefore, wish.role) ?? draw());
      case 'master-dsn':
        if (masterPassword === undefined) throw new Error('the owner’s password was not read');
        return dsnOf(wish, masterPassword);
      case 'api-key': {
        const usable = (text: string | undefined) =>
          text !== undefined && text.length >= wish.minimumLength ? text : undefined;
        const successor = newestOf(followed, rotationDescription(wish.rotation - 1))?.value;
        return usable(drawnBefore) ?? usable(successor) ?? draw();
      }
    }
  })();
  const current = newestOf(history);
  return current?.value === value && current.description === description
    ? { kind: 'keep', version: current.version }
    : { kind: 'put', value, description };
}

function newestOf(history: readonly SecretVersion[], description?: string): SecretVersion | undefined {
  return history
    .filter((version) => description === undefined || version.description === description)
    .reduce<SecretVersion | undefined>(
      (newest, version) => (newest === undefined || version.version > newest.version ? version : newest),
      undefined,
    );
}

function dsnOf(
  { host, port, database, role }: Extract<SecretWish, { host: string }>,
  password: string,
): string {
  return new Dsn({ host, port, database, user: role, password }).reveal();
}

/** The password of a stored DSN, unless it is not one, or another role's. */
function passwordIn(text: string | undefined, role: string): string | undefined {
  if (text === undefined) return undefined;
  try {
    const dsn = parseDsn(text, 'the stored DSN');
    return dsn.user === role ? dsn.password() : undefined;
  } catch (error) {
    if (isPlatformError(error)) return undefined;
    throw error;
  }
}
