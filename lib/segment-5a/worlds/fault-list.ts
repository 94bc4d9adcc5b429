import { type Failure, failureOf, isPlatformError } from '../../vocabulary/failure.ts';

/** Collects faults, each once, where a run would stop at the first. */
export type FaultList = {
  readonly faults: readonly Failure[];
  readonly add: (...faults: readonly Failure[]) => void;
  /** Runs a check; the failure it throws is added, perhaps rewritten. What is no failure of ours is thrown on. */
  readonly attempt: <T>(check: () => T, rewrite?: (fault: Failure) => Failure) => T | undefined;
  readonly attemptAsync: <T>(
    check: Promise<T>,
    rewrite?: (fault: Failure) => Failure,
  ) => Promise<T | undefined>;
};

export function createFaultList(): FaultList {
  const faults: Failure[] = [];
  const add = (...found: readonly Failure[]) => {
    for (const fault of found) if (!faults.some((known) => isSame(known, fault))) faults.push(fault);
  };
  const note = (error: unknown, rewrite: (fault: Failure) => Failure) => {
    if (!isPlatformError(error)) throw error;
    add(rewrite(failureOf(error)));
    return undefined;
  };
  return {
    faults,
    add,
    attempt: (check, rewrite = (fault) => fault) => {
      try {
        return check();
      } catch (error) {
        return note(error, rewrite);
      }
    },
    attemptAsync: async (check, rewrite = (fault) => fault) => {
      try {
        return await check;
      } catch (error) {
        return note(error, rewrite);
      }
    },
  };
}

/** Two checks may meet the same fault. */
function isSame(one: Failure, other: Failure): boolean {
  return (
    one.where === other.where &&
    one.code === other.code &&
    one.value === other.value &&
    one.message === other.message
  );
}
