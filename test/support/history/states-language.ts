import { z } from 'zod';
import type { JsonObject, JsonValue } from '../../../lib/vocabulary/json.ts';

/**
 * The part of the Amazon States Language that our definitions use, read from its specification and apart from
 * the interpreter: what a path, a payload template, a choice rule and a result path come to. Every function
 * is pure, and throws a plain `Error` on what our definitions have never used.
 */

const objectSchema = z.record(z.string(), z.json());

/** Value at a path such as `$.a.b`, `$.Containers[0].ExitCode` or `$.lanes[*].outcome`; `undefined` when absent. */
export function valueAt(path: string, input: JsonValue): JsonValue | undefined {
  const steps = path.slice(1).match(/\.\w+|\[\d+\]|\[\*\]/g) ?? [];
  let found: JsonValue | undefined = input;
  for (const [index, step] of steps.entries()) {
    if (step === '[*]') {
      const rest = `$${steps.slice(index + 1).join('')}`;
      return Array.isArray(found) ? found.map((item: JsonValue) => valueAt(rest, item) ?? null) : undefined;
    }
    found = step.startsWith('[')
      ? elementOf(found, Number(step.slice(1, -1)))
      : memberOf(found, step.slice(1));
  }
  return found;
}

function elementOf(value: JsonValue | undefined, index: number): JsonValue | undefined {
  return Array.isArray(value) ? value[index] : undefined;
}

function memberOf(value: JsonValue | undefined, name: string): JsonValue | undefined {
  return objectSchema.safeParse(value).data?.[name];
}

/** A payload template against an input and the name of the execution. */
export function fillTemplate(template: JsonValue, input: JsonValue, executionName: string): JsonValue {
  if (Array.isArray(template))
    return template.map((one: JsonValue) => fillTemplate(one, input, executionName));
  const members = objectSchema.safeParse(template).data;
  if (members === undefined) return template;
  return Object.fromEntries(
    Object.entries(members).map(([key, member]) =>
      key.endsWith('.$')
        ? [key.slice(0, -2), evaluate(String(member), input, executionName)]
        : [key, fillTemplate(member, input, executionName)],
    ),
  );
}

function evaluate(expression: string, input: JsonValue, executionName: string): JsonValue {
  const text = expression.trim();
  if (text === '$$.Execution.Name') return executionName;
  if (text.startsWith('$.') || text === '$') return present(valueAt(text, input), text);
  if (/^-?\d+$/.test(text)) return Number(text);
  const quoted = /^'(.*)'$/.exec(text)?.[1];
  if (quoted !== undefined) return quoted;
  const call = /^States\.(\w+)\((.*)\)$/.exec(text);
  const values = (call?.[2]?.match(/'[^']*'|[^,]+/g) ?? []).map((one) => evaluate(one, input, executionName));
  const [first, second] = values;
  switch (call?.[1]) {
    case 'Format': {
      const rest = values.slice(1);
      return String(first).replaceAll('{}', () => String(rest.shift()));
    }
    case 'StringToJson':
      return z.json().parse(JSON.parse(String(first)));
    case 'MathAdd':
      return Number(first) + Number(second);
    case 'ArrayContains':
      return Array.isArray(first) && first.includes(second);
    default:
      throw new Error(`our definitions have never used ${text}`);
  }
}

function present(value: JsonValue | undefined, path: string): JsonValue {
  if (value === undefined) throw new Error(`nothing is at ${path}`);
  return value;
}

/** An input with a result placed at a result path; `null` discards the result. */
export function placeResult(path: string | null | undefined, input: JsonValue, result: JsonValue): JsonValue {
  if (path === null) return input;
  const place = (names: readonly string[], into: JsonValue | undefined): JsonValue => {
    const [name, ...rest] = names;
    if (name === undefined) return result;
    return { ...objectSchema.safeParse(into).data, [name]: place(rest, memberOf(into, name)) };
  };
  return place((path ?? '$').split('.').slice(1), input);
}

/** Where a choice leads. */
export function choose(choices: readonly JsonObject[], otherwise: string, input: JsonValue): string {
  return String(choices.find((rule) => holds(rule, input))?.Next ?? otherwise);
}

function holds(rule: JsonObject, input: JsonValue): boolean {
  const rules = (name: string) => z.array(objectSchema).parse(rule[name]);
  if ('And' in rule) return rules('And').every((one) => holds(one, input));
  if ('Or' in rule) return rules('Or').some((one) => holds(one, input));
  if ('Not' in rule) return !holds(objectSchema.parse(rule.Not), input);
  const value = valueAt(String(rule.Variable), input);
  const test = Object.entries(rule).find(([name]) => name !== 'Variable' && name !== 'Next');
  const expected = test?.[1];
  switch (test?.[0]) {
    case 'IsPresent':
      return (value !== undefined) === expected;
    case 'StringEquals':
    case 'NumericEquals':
    case 'BooleanEquals':
      return value === expected;
    case 'NumericLessThan':
      return Number(value) < Number(expected);
    case 'NumericGreaterThan':
      return Number(value) > Number(expected);
    case 'StringMatches':
      return typeof value === 'string' && matches(String(expected), value);
    default:
      throw new Error(`our definitions have never used ${test?.[0]}`);
  }
}

/** `*` stands for any text. */
export function matches(pattern: string, text: string): boolean {
  const parts = pattern.split('*').map((part) => part.replaceAll(/[.+?^${}()|[\]\\]/g, String.raw`\$&`));
  return new RegExp(`^${parts.join('.*')}$`, 's').test(text);
}
