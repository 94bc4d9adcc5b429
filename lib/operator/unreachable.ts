import { type CloudErrorKind, cloudErrorKind, httpStatusOf } from '../vocabulary/cloud-error.ts';
import { fail, isPlatformError, messageOf } from '../vocabulary/failure.ts';

/** A session may be renewed while a follower waits. */
const expiredCredentials: CloudErrorKind = 'expired-credentials';

/** Errors that say nothing about what was asked, only that nobody can know it now. */
const passing: ReadonlySet<CloudErrorKind> = new Set([
  'throttled',
  'unreachable',
  'failing',
  'skewed-clock',
  expiredCredentials,
]);

/** Whether asking again later may help: a cloud or a store that does not answer, in any way. Pure. */
export function isPassing(error: unknown): boolean {
  if (isPlatformError(error)) {
    if (error.failure.code === 'EVIDENCE_STORE_UNAVAILABLE') return true;
    // The store refuses for many reasons; of those, time heals this one.
    const { cause } = error;
    return (
      error.failure.code === 'EVIDENCE_STORE_NOT_PERMITTED' && cloudErrorKind(cause) === expiredCredentials
    );
  }
  if (error instanceof AggregateError) return error.errors.some(isPassing);
  const kind = cloudErrorKind(error);
  // Without an answer and without a network error, it failed on our side.
  return passing.has(kind) && (kind !== 'failing' || httpStatusOf(error) !== undefined);
}

/**
 * How long nothing has answered, by the monotonic clock: a wall clock that jumps makes nobody more or less
 * patient.
 */
export class Silence {
  readonly #patience: number;
  readonly #monotonic: () => number;
  #since: number | undefined;

  constructor(patienceMillis: number, monotonic: () => number = () => performance.now()) {
    this.#patience = patienceMillis;
    this.#monotonic = monotonic;
  }

  /** Notes that nothing answered; `true` when that is new. */
  began(): boolean {
    if (this.#since !== undefined) return false;
    this.#since = this.#monotonic();
    return true;
  }

  /** Milliseconds that it lasted until now, when it is over now. */
  ended(): number | undefined {
    if (this.#since === undefined) return undefined;
    const lasted = this.#monotonic() - this.#since;
    this.#since = undefined;
    return lasted;
  }

  get isUnbearable(): boolean {
    return this.#since !== undefined && this.#monotonic() - this.#since > this.#patience;
  }
}

/** Detaches from an execution that nobody can be asked about: `CLOUD_UNREACHABLE` (75), with how to go on. */
export function detach(executionArn: string, error: unknown): never {
  const executionId = executionArn.split(':').at(-1) ?? executionArn;
  return fail(
    {
      exit: 'transient',
      code: 'CLOUD_UNREACHABLE',
      message: `the cloud does not answer (${messageOf(error)}); what became of the execution is unknown from here`,
      where: executionArn,
      remedy: `The execution goes on without this command. Continue with: fraudctl attach ${executionId}`,
    },
    error,
  );
}
