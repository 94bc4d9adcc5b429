import { z } from 'zod';
import { instantFromMillis } from './instant.ts';

const stamp = String.raw`\d{8}T\d{6}Z`;

function isoOfStamp(text: string): string {
  const compact = text.slice(-16);
  return `${compact.slice(0, 4)}-${compact.slice(4, 6)}-${compact.slice(6, 8)}T${compact.slice(9, 11)}:${compact.slice(11, 13)}:${compact.slice(13, 15)}.000Z`;
}

function isCalendarStamp(text: string): boolean {
  const iso = isoOfStamp(text);
  const millis = Date.parse(iso);
  return Number.isFinite(millis) && new Date(millis).toISOString() === iso;
}

/** Scope of admitted events: `platform_YYYYMMDDTHHMMSSZ`. */
export const runIdSchema = z
  .string()
  .regex(new RegExp(`^platform_${stamp}$`), 'not a run id like platform_20260221T060431Z')
  .refine(isCalendarStamp, 'the timestamp is not a real date and time')
  .brand<'RunId'>();
export type RunId = z.infer<typeof runIdSchema>;

/**
 * One execution of a state machine, and its name: `<lane>_YYYYMMDDTHHMMSSZ`. At most 80 characters,
 * the limit that Step Functions puts on an execution name.
 */
export const executionIdSchema = z
  .string()
  .max(80, 'longer than the 80 characters of an execution name')
  .regex(
    new RegExp(`^[a-z][a-z0-9]*(?:[-_][a-z0-9]+)*_${stamp}$`),
    'not an execution id like m10_20260221T020923Z',
  )
  .refine(isCalendarStamp, 'the timestamp is not a real date and time')
  .brand<'ExecutionId'>();
export type ExecutionId = z.infer<typeof executionIdSchema>;

/** One start of one task: `<execution_id>/<state>/<n>`, so that a relaunch never collides with what it relaunches. */
export const launchKeySchema = z
  .string()
  .refine((text) => splitLaunchKey(text) !== undefined, 'not a launch key like m10_20260221T020923Z/Run/0')
  .brand<'LaunchKey'>();
export type LaunchKey = z.infer<typeof launchKeySchema>;

/** One run of the data engine: 32 lower-case hex characters. */
export const segmentRunIdSchema = z
  .string()
  .regex(/^[a-f0-9]{32}$/, 'not a segment run id: 32 hex characters')
  .brand<'SegmentRunId'>();
export type SegmentRunId = z.infer<typeof segmentRunIdSchema>;

/** An unsigned 64-bit merchant id, 1 … 2^64 − 1. Always a bigint: a JavaScript number loses digits above 2^53. */
export const merchantIdSchema = z
  .bigint()
  .min(1n, 'a merchant id is at least 1')
  .max(0xffff_ffff_ffff_ffffn, 'a merchant id fits 64 bits')
  .brand<'MerchantId'>();
export type MerchantId = z.infer<typeof merchantIdSchema>;

/** SHA-256 as 64 lower-case hex characters. */
export const sha256Schema = z
  .string()
  .regex(/^[a-f0-9]{64}$/, 'not a SHA-256: 64 lower-case hex characters')
  .brand<'Sha256'>();
export type Sha256 = z.infer<typeof sha256Schema>;

/** Name of a lane, the first part of an execution id. */
export const laneSchema = z
  .string()
  .max(60)
  .regex(/^[a-z][a-z0-9]*(?:[-_][a-z0-9]+)*$/, 'not a lane name: lower-case words joined by - or _')
  .brand<'Lane'>();
export type Lane = z.infer<typeof laneSchema>;

function compactStamp(epochMillis: number): string {
  return instantFromMillis(epochMillis).slice(0, 19).replaceAll(/[-:]/g, '').concat('Z');
}

export function runIdAt(epochMillis: number): RunId {
  return runIdSchema.parse(`platform_${compactStamp(epochMillis)}`);
}

export function executionIdAt(lane: Lane, epochMillis: number): ExecutionId {
  return executionIdSchema.parse(`${lane}_${compactStamp(epochMillis)}`);
}

/** When an execution says by its name that it was named, in milliseconds since the epoch; to the second. */
export function namedAtMillis(executionId: ExecutionId): number {
  return Date.parse(isoOfStamp(executionId));
}

export function launchKeyOf(executionId: ExecutionId, state: string, number: number): LaunchKey {
  return launchKeySchema.parse(`${executionId}/${state}/${number}`);
}

/** Orders launch keys by their state, and by their number as a number: a relaunch comes after what it replaces. */
export function compareLaunchKeys(one: string, other: string): number {
  const [first, second] = [splitLaunchKey(one), splitLaunchKey(other)];
  if (first === undefined || second === undefined || first.state !== second.state)
    return one < other ? -1 : 1;
  return first.number - second.number;
}

/** The parts of a launch key, or `undefined` when the text is not one. */
export function splitLaunchKey(
  text: string,
): { readonly executionId: ExecutionId; readonly state: string; readonly number: number } | undefined {
  const parts = text.split('/');
  const [execution, state, number] = parts;
  if (parts.length !== 3 || state === undefined || number === undefined) return undefined;
  const executionId = executionIdSchema.safeParse(execution);
  if (!executionId.success) return undefined;
  if (!/^[A-Za-z][A-Za-z0-9-]{0,79}$/.test(state) || !/^(0|[1-9]\d{0,5})$/.test(number)) return undefined;
  return { executionId: executionId.data, state, number: Number(number) };
}
