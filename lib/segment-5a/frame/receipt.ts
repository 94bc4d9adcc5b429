import { z } from 'zod';
import { canonicalJson } from '../../evidence/format/canonical-json.ts';
import { sha256Schema } from '../../vocabulary/identifiers.ts';
import type { JsonObject } from '../../vocabulary/json.ts';
import { manifestFingerprintSchema, parameterHashSchema, scenarioIdSchema } from '../identity.ts';
import { stateNames } from './states.ts';

/** One file of a state's output. */
export const outputFileSchema = z.strictObject({
  dataset: z.string().min(1),
  /** Relative to the run folder. */
  path: z.string().min(1),
  rows: z.int().min(0),
  /** Of the bytes; another release of the Parquet writer may change it. */
  sha256: sha256Schema,
  /** Of the values in their order; what two runs are compared by. */
  logical_sha256: sha256Schema,
});
export type OutputFile = z.infer<typeof outputFileSchema>;

/**
 * The commit object of a state's output: what it does not name does not exist. Canonical JSON without
 * clocks or machine paths, so that the same inputs give the same receipt anywhere.
 */
export const receiptSchema = z.strictObject({
  schema: z.literal('fraud-platform/segment-receipt/v1'),
  state: z.enum(stateNames),
  spec_version: z.string().regex(/^\d+\.\d+\.\d+$/),
  manifest_fingerprint: manifestFingerprintSchema,
  parameter_hash: parameterHashSchema,
  /** Only where the output is of one scenario. */
  scenario_id: scenarioIdSchema.optional(),
  /** Only where the output is of one merchant bucket. */
  mbucket: z
    .string()
    .regex(/^\d{2}$/)
    .optional(),
  files: z.array(outputFileSchema).min(1),
  counts: z.record(z.string(), z.int()),
});
export type Receipt = z.infer<typeof receiptSchema>;

/** A receipt as it is digested and stored; members without a value are left out. */
export function receiptDocument(receipt: Receipt): JsonObject {
  const { scenario_id, mbucket, ...rest } = receipt;
  return {
    ...rest,
    ...(scenario_id === undefined ? {} : { scenario_id }),
    ...(mbucket === undefined ? {} : { mbucket }),
  };
}

export type ReceiptScope = Pick<Receipt, 'state' | 'manifest_fingerprint' | 'scenario_id' | 'mbucket'>;

/** Where a receipt lies below the run folder. */
export function receiptPath({ state, manifest_fingerprint, scenario_id, mbucket }: ReceiptScope): string {
  const parts = [
    'data/layer2/5A/receipts',
    `state=${state}`,
    `manifest_fingerprint=${manifest_fingerprint}`,
    ...(scenario_id === undefined ? [] : [`scenario_id=${scenario_id}`]),
    ...(mbucket === undefined ? [] : [`mbucket=${mbucket}`]),
  ];
  return `${parts.join('/')}/receipt.json`;
}

/** Whether two receipts promise the same values, whatever the bytes that carry them. */
export function sameContent(one: Receipt, other: Receipt): boolean {
  const stripped = ({ files, ...rest }: Receipt) =>
    canonicalJson({
      ...receiptDocument({ ...rest, files: [] }),
      files: files.map(({ sha256: _, ...file }) => file),
    });
  return stripped(one) === stripped(other);
}
