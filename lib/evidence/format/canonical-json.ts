import canonicalize from 'canonicalize';
import { fail, messageOf } from '../../vocabulary/failure.ts';
import type { JsonValue } from '../../vocabulary/json.ts';

/**
 * The one text of a JSON value, by RFC 8785: keys sorted by UTF-16 code units, ECMAScript numbers, no
 * white space. Throws `JSON_NOT_CANONICAL` (70) on what JSON cannot say without loss: undefined, NaN,
 * infinities, bigints, lone surrogates, dates and other objects that are not plain.
 */
export function canonicalJson(value: JsonValue): string {
  const offence = findOffence(value, '$');
  if (offence !== undefined) return refuse(offence);
  try {
    const text = canonicalize(value);
    if (text !== undefined) return text;
  } catch (error) {
    return refuse(messageOf(error));
  }
  return refuse('the value has no JSON text');
}

/** Canonical JSON as UTF-8: the form in which JSON is digested, stored and compared. */
export function canonicalBytes(value: JsonValue): Uint8Array {
  return new TextEncoder().encode(canonicalJson(value));
}

/**
 * Reads bytes that must be canonical JSON to the last byte: another order of keys, a space or a final
 * line end is refused. Throws `EVIDENCE_NOT_CANONICAL` (65), naming `where`.
 */
export function parseCanonicalJson(bytes: Uint8Array, where: string): JsonValue {
  const notCanonical = (message: string) =>
    fail({
      exit: 'data',
      code: 'EVIDENCE_NOT_CANONICAL',
      message,
      where,
      remedy: 'Restore the object from its source; canonical JSON is never edited by hand.',
    });
  let text: string;
  let value: JsonValue;
  try {
    text = new TextDecoder('utf-8', { fatal: true, ignoreBOM: true }).decode(bytes);
    value = JSON.parse(text);
  } catch (error) {
    return notCanonical(`not JSON in UTF-8: ${messageOf(error)}`);
  }
  if (findOffence(value, '$') !== undefined || canonicalize(value) !== text) {
    return notCanonical('JSON, but not in canonical form (RFC 8785)');
  }
  return value;
}

/** Path of the first part that JSON cannot carry, or `undefined`. */
function findOffence(value: unknown, path: string): string | undefined {
  switch (typeof value) {
    case 'boolean':
      return undefined;
    case 'number':
      return Number.isFinite(value) ? undefined : `${path} is ${value}`;
    case 'string':
      return value.isWellFormed() ? undefined : `${path} has a lone surrogate`;
    case 'object':
      break;
    default:
      return `${path} is ${typeof value === 'bigint' ? 'a bigint: write it as a decimal string' : typeof value}`;
  }
  if (value === null) return undefined;
  if (Array.isArray(value)) {
    for (let index = 0; index < value.length; index += 1) {
      const offence = findOffence(value[index], `${path}[${index}]`);
      if (offence !== undefined) return offence;
    }
    return undefined;
  }
  const prototype: unknown = Object.getPrototypeOf(value);
  if (prototype !== Object.prototype && prototype !== null) return `${path} is not a plain object`;
  for (const [key, member] of Object.entries(value)) {
    const offence = key.isWellFormed()
      ? findOffence(member, `${path}.${key}`)
      : `${path} has a key with a lone surrogate`;
    if (offence !== undefined) return offence;
  }
  return undefined;
}

function refuse(message: string): never {
  return fail({
    exit: 'internal',
    code: 'JSON_NOT_CANONICAL',
    message,
    remedy: 'This is a defect of the code that made the value; report it.',
  });
}
