import type { ColumnRule, ColumnSchema, ColumnType } from '../tables/schema.ts';
import {
  channelGroups,
  demandClasses,
  eventShapes,
  eventTypes,
  virtualModes,
  zoneRoles,
} from './vocabulary.ts';

/** The columns that several tables share, each with the one rule for its values. */

function column(name: string, type: ColumnType, rule?: ColumnRule): ColumnSchema {
  return { name, type, nullable: false, ...(rule === undefined ? {} : { rule }) };
}

export function nullable(schema: ColumnSchema): ColumnSchema {
  return { ...schema, nullable: true };
}

const notNegative: ColumnRule = { kind: 'range', minimum: 0 };
const anInstant: ColumnRule = {
  kind: 'pattern',
  pattern: String.raw`^\d{4}-\d{2}-\d{2}T\d{2}:\d{2}:\d{2}\.\d{6}Z$`,
};
const oneOf = (values: readonly string[]): ColumnRule => ({ kind: 'one-of', values });
const within = (minimum: number, maximum: number): ColumnRule => ({ kind: 'range', minimum, maximum });

export const merchantId = column('merchant_id', 'u64', {
  kind: 'u64-range',
  minimum: 1n,
  maximum: 0xffff_ffff_ffff_ffffn,
});
export const country = (name: string) => column(name, 'string', { kind: 'pattern', pattern: '^[A-Z]{2}$' });
export const legalCountry = country('legal_country_iso');
export const tzid = column('tzid', 'string', {
  kind: 'pattern',
  pattern: '^[A-Za-z0-9._+-]+(/[A-Za-z0-9._+-]+)*$',
});
export const channelGroup = column('channel_group', 'string', oneOf(channelGroups));
export const channel = column('channel', 'string', oneOf(channelGroups));
export const demandClass = column('demand_class', 'string', oneOf(demandClasses));
export const demandSubclass = column('demand_subclass', 'string', oneOf(zoneRoles));
export const virtualMode = column('virtual_mode', 'string', oneOf(virtualModes));
export const eventType = column('event_type', 'string', oneOf(eventTypes));
export const shapeKind = column('shape_kind', 'string', oneOf(eventShapes));
export const scenarioId = column('scenario_id', 'string', {
  kind: 'pattern',
  pattern: '^[A-Za-z0-9][A-Za-z0-9_.-]{0,63}$',
});
/** Text of people and of joined lists; control characters would break the files that carry it on. */
export const text = (name: string) =>
  column(name, 'string', { kind: 'pattern', pattern: String.raw`^[^\u0000-\u001f\u007f]{0,1024}$` });
export const flag = (name: string) => column(name, 'boolean');
/** A point in time as text with exactly six fractional digits, UTC. */
export const instant = (name: string) => column(name, 'string', anInstant);
export const amount = (name: string) => column(name, 'f64', notNegative);
export const fraction = (name: string) => column(name, 'f64', within(0, 1));
export const real = (name: string, minimum: number, maximum: number) =>
  column(name, 'f64', within(minimum, maximum));
export const integer = (name: string, minimum: number, maximum: number) =>
  column(name, 'i32', within(minimum, maximum));
export const count = (name: string) => integer(name, 0, 2 ** 31 - 1);
export const pattern = (name: string, expression: string) =>
  column(name, 'string', { kind: 'pattern', pattern: expression });
