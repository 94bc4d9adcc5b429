import { type ExitCode, type ExitName, exitCodes } from './exit-codes.ts';

/**
 * Everything that can go wrong, in one shape: which exit it leads to, a stable code for programs,
 * a sentence for people, where it is, which value offends, and what to do next.
 *
 * `value` is printed, logged and published: it never holds a secret. Whoever builds a failure about
 * a secret leaves `value` out or gives only a shape ("17 characters", "blank").
 */
export type Failure = {
  readonly exit: Exclude<ExitName, 'done'>;
  /** Stable, UPPER_SNAKE, for programs: `TASK_UNKNOWN`, `DSN_MALFORMED`. */
  readonly code: string;
  readonly message: string;
  /** File, field, flag, key or path at fault. */
  readonly where?: string;
  readonly value?: string;
  readonly remedy: string;
};

/** A failure travelling as an exception. The only error class that this product throws on purpose. */
export class PlatformError extends Error {
  readonly failure: Failure;

  constructor(failure: Failure, options?: { readonly cause?: unknown }) {
    super(failure.message, options);
    this.name = failure.code;
    this.failure = failure;
  }

  get exitCode(): ExitCode {
    return exitCodes[this.failure.exit];
  }
}

export function isPlatformError(error: unknown): error is PlatformError {
  return error instanceof PlatformError;
}

/** Throws a failure; usable where an expression is needed. */
export function fail(failure: Failure, cause?: unknown): never {
  throw new PlatformError(failure, cause === undefined ? undefined : { cause });
}

/** The failure inside any thrown value; what is not ours becomes `INTERNAL`, with its message kept. */
export function failureOf(error: unknown): Failure {
  if (isPlatformError(error)) return error.failure;
  return {
    exit: 'internal',
    code: 'INTERNAL',
    message: messageOf(error),
    remedy: 'This is a defect. Run again with --verbose and report the output.',
  };
}

export function messageOf(error: unknown): string {
  return error instanceof Error ? error.message : String(error);
}

/** The `code` of a Node.js or PostgreSQL error (`ENOENT`, `28P01`), if it has one. */
export function errorCodeOf(error: unknown): string | undefined {
  if (typeof error !== 'object' || error === null || !('code' in error)) return undefined;
  return typeof error.code === 'string' ? error.code : undefined;
}
