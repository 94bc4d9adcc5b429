import { type StateName, stateNames } from '../../lib/segment-5a/frame/states.ts';
import { fail } from '../../lib/vocabulary/failure.ts';
import { didYouMean } from '../../lib/vocabulary/nearest-names.ts';

/** A state by its name, as an option gives it. Throws `STATE_UNKNOWN` (64). */
export function readState(text: string, option: string): StateName {
  const state = stateNames.find((name) => name === text);
  if (state !== undefined) return state;
  return fail({
    exit: 'usage',
    code: 'STATE_UNKNOWN',
    message: 'there is no state of this name',
    where: option,
    value: text,
    remedy: `${didYouMean(text, stateNames)}States are ${stateNames.join(', ')}.`,
  });
}

/** `S4`, or a range like `S0..S3`. Throws `STATE_UNKNOWN` (64). */
export function readStates(text: string, option: string): readonly StateName[] {
  const [first = '', last = first] = text.split('..', 2);
  const [from, to] = [first, last].map((name) => stateNames.indexOf(readState(name, option)));
  if (from !== undefined && to !== undefined && from <= to) return stateNames.slice(from, to + 1);
  return fail({
    exit: 'usage',
    code: 'STATES_MALFORMED',
    message: 'a range of states ends before it begins',
    where: option,
    value: text,
    remedy: 'Give the earlier state first, as in S0..S3.',
  });
}
