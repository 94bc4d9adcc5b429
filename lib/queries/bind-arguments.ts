import { fail } from '../vocabulary/failure.ts';
import { runIdSchema } from '../vocabulary/identifiers.ts';
import { didYouMean } from '../vocabulary/nearest-names.ts';
import type { QueryDefinition, QueryParameter } from './query-definition.ts';

/** Arguments by name, as text. */
export type QueryArguments = Readonly<Record<string, string>>;

const instantShape = /^\d{4}-\d{2}-\d{2}T\d{2}:\d{2}:\d{2}(?:\.\d{1,6})?(?:Z|\+00:00)$/;

/**
 * The values of a query's placeholders, in their order, defaults filled in. Pure. Throws `ARGUMENT_UNKNOWN`,
 * `ARGUMENT_MISSING` or `ARGUMENT_INVALID` (64), each naming the parameter and what it wants.
 */
export function bindArguments(
  { name, parameters }: Pick<QueryDefinition, 'name' | 'parameters'>,
  given: QueryArguments,
): readonly string[] {
  const known = Object.keys(parameters);
  for (const argument of Object.keys(given)) {
    if (!Object.hasOwn(parameters, argument)) {
      fail({
        exit: 'usage',
        code: 'ARGUMENT_UNKNOWN',
        message: `${name} has no such parameter`,
        where: `--param ${argument}`,
        value: argument,
        remedy:
          known.length === 0
            ? `${name} takes none.`
            : `${didYouMean(argument, known)}${name} takes ${known.join(', ')}.`,
      });
    }
  }
  return Object.entries(parameters).map(([parameter, wanted]) => {
    const value = given[parameter] ?? wanted.default;
    if (value === undefined) {
      return fail({
        exit: 'usage',
        code: 'ARGUMENT_MISSING',
        message: `${name} needs ${parameter}: ${wanted.about}`,
        where: `--param ${parameter}`,
        remedy: `Give --param ${parameter}=<${wanted.type}>.`,
      });
    }
    const wrong = whatIsWrong(wanted, value);
    if (wrong === undefined) return value;
    return fail({
      exit: 'usage',
      code: 'ARGUMENT_INVALID',
      message: wrong,
      where: `--param ${parameter}`,
      value: JSON.stringify(value.slice(0, 80)),
      remedy: `${parameter} is ${wanted.about}.`,
    });
  });
}

function whatIsWrong(wanted: QueryParameter, value: string): string | undefined {
  // PostgreSQL has no text with a NUL in it.
  if (value.includes('\0')) return 'a value has no NUL in it';
  if (!value.isWellFormed()) return 'a value is well-formed Unicode';
  switch (wanted.type) {
    case 'run-id':
      return runIdSchema.safeParse(value).success
        ? undefined
        : 'not a run id such as platform_20260221T060431Z';
    case 'instant':
      return instantShape.test(value) && !Number.isNaN(Date.parse(value))
        ? undefined
        : 'not an instant in UTC such as 2026-02-21T02:12:59.915Z';
    case 'integer': {
      const number = Number(value);
      const whole = /^-?\d{1,15}$/.test(value) && number >= wanted.minimum && number <= wanted.maximum;
      return whole ? undefined : `not a whole number from ${wanted.minimum} to ${wanted.maximum}`;
    }
    case 'text':
      return value.length <= 10_000 ? undefined : 'longer than 10,000 characters';
  }
}
