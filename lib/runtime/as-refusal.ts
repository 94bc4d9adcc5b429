import { type Failure, failureOf } from '../vocabulary/failure.ts';

/** A failure of a check is a refusal of the start, whatever it would be in the middle of a run. */
export function asRefusal(error: unknown, where: string): Failure {
  const failure = failureOf(error);
  return { ...failure, exit: 'refused', where: failure.where ?? where };
}
