import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { z } from 'zod';
import { parseCanonicalJson } from '../../evidence/format/canonical-json.ts';
import { errorCodeOf, messageOf } from '../../vocabulary/failure.ts';
import { sha256Schema } from '../../vocabulary/identifiers.ts';
import { dataFault } from '../frame/segment-failure.ts';
import type { RunIdentity, StateName } from '../frame/states.ts';
import { manifestFingerprintSchema, parameterHashSchema, scenarioIdSchema } from '../identity.ts';
import { type SealedInput, sealedInputSchema, sealedInputsDigest } from '../sealed-inputs.ts';

const upstreamSchema = z.strictObject({
  status: z.literal('PASS'),
  bundle_sha256_hex: sha256Schema,
  flag_sha256_hex: sha256Schema,
  manifest_fingerprint: sha256Schema,
});

/** What S0 has verified and sealed. Canonical JSON; holds no clock, run id or path of the machine. */
export const gateReceiptSchema = z.strictObject({
  schema: z.literal('fraud-platform/segment-gate-receipt/v1'),
  manifest_fingerprint: manifestFingerprintSchema,
  parameter_hash: parameterHashSchema,
  s0_spec_version: z.string(),
  laws_version: z.string(),
  scenario_pack_id: z.string(),
  scenario_ids: z.array(scenarioIdSchema).min(1),
  tz_database_version: z.string(),
  sealed_inputs_digest: sha256Schema,
  /** The world and every upstream segment that it names. */
  verified_upstream_segments: z.record(z.string(), upstreamSchema),
});
export type GateReceipt = z.infer<typeof gateReceiptSchema>;

const sealedDocumentSchema = z.array(sealedInputSchema).min(1);

/** Paths below the run folder. */
export const gateReceiptPath = (run: Pick<RunIdentity, 'manifestFingerprint'>) =>
  `data/layer2/5A/s0_gate_receipt/manifest_fingerprint=${run.manifestFingerprint}/s0_gate_receipt_5A.json`;
export const sealedInputsPath = (run: Pick<RunIdentity, 'manifestFingerprint'>) =>
  `data/layer2/5A/sealed_inputs/manifest_fingerprint=${run.manifestFingerprint}/sealed_inputs_5A.json`;

export type Gate = { readonly receipt: GateReceipt; readonly sealed: readonly SealedInput[] };

/** The code under which each state refuses a gate that does not hold. */
const gateCodes: Readonly<Record<StateName, string>> = {
  S0: 'S0_RUN_CONTEXT_INVALID',
  S1: 'S1_GATE_RECEIPT_INVALID',
  S2: 'S2_GATE_OR_S1_INVALID',
  S3: 'S3_GATE_OR_S2_INVALID',
  S4: 'S4_GATE_OR_S3_INVALID',
  S5: 'S5_GATE_RECEIPT_INVALID',
};

/** The code for a broken predecessor of a state. */
export const predecessorCode = (state: StateName) => gateCodes[state];

/**
 * Reads the gate of a run and holds it to the run: fingerprint and parameter hash equal, every row of
 * the sealed inputs too, artifact ids unique, digest recomputed, every upstream PASS. Throws the state's
 * gate code (65).
 */
export async function openGate(runFolder: string, run: RunIdentity, state: StateName): Promise<Gate> {
  const refuse = (where: string, message: string, value?: string): never =>
    dataFault({
      code: gateCodes[state],
      message,
      where,
      ...(value === undefined ? {} : { value }),
      remedy: 'Run S0 again in a clean candidate; what S0 sealed is never edited.',
    });
  const receiptFile = join(runFolder, gateReceiptPath(run));
  const sealedFile = join(runFolder, sealedInputsPath(run));
  const parsed = gateReceiptSchema.safeParse(await readJson(receiptFile, refuse));
  if (!parsed.success)
    return refuse(receiptFile, `the gate receipt is malformed: ${parsed.error.issues[0]?.message}`);
  const rows = sealedDocumentSchema.safeParse(await readJson(sealedFile, refuse));
  if (!rows.success) {
    const [issue] = rows.error.issues;
    return refuse(
      `${sealedFile}: ${issue?.path.join('.') ?? ''}`,
      `the sealed inputs are malformed: ${issue?.message}`,
    );
  }
  const receipt = parsed.data;
  for (const { manifest_fingerprint, parameter_hash } of [receipt, ...rows.data]) {
    if (manifest_fingerprint !== run.manifestFingerprint) {
      refuse(sealedFile, 'the gate belongs to another world', manifest_fingerprint);
    }
    if (parameter_hash !== run.parameterHash)
      refuse(sealedFile, 'the gate belongs to other policies', parameter_hash);
  }
  const ids = new Set(rows.data.map(({ artifact_id }) => artifact_id));
  if (ids.size !== rows.data.length) refuse(sealedFile, 'an artefact is sealed twice');
  const digest = sealedInputsDigest(rows.data);
  if (digest !== receipt.sealed_inputs_digest) {
    refuse(sealedFile, 'the sealed inputs are not those of the gate receipt', digest);
  }
  return { receipt, sealed: rows.data };
}

async function readJson(path: string, refuse: (where: string, message: string) => never): Promise<unknown> {
  let bytes: Uint8Array;
  try {
    bytes = await readFile(path);
  } catch (error) {
    return refuse(path, errorCodeOf(error) === 'ENOENT' ? 'S0 has not sealed this run' : messageOf(error));
  }
  try {
    return parseCanonicalJson(bytes, path);
  } catch (error) {
    return refuse(path, messageOf(error));
  }
}
