/** Errors that end an execution whatever its states catch. */
const terminal = new Set(['States.DataLimitExceeded', 'States.Runtime']);

/**
 * A failure of a state, in the form that the interpreter turns into `Error` and `Cause`: its name is the
 * error, its message the cause. Causes are cut at the limit of Step Functions.
 */
export class StatesError extends Error {
  /** Read by the interpreter. */
  readonly isCatchable: boolean;

  constructor(error: string, cause: string) {
    super(cause.slice(0, 32_768));
    this.name = error;
    this.isCatchable = !terminal.has(error);
  }
}
