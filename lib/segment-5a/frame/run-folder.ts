import { link, mkdir, readFile, rm, writeFile } from 'node:fs/promises';
import { isAbsolute, join } from 'node:path';
import { z } from 'zod';
import { canonicalBytes, parseCanonicalJson } from '../../evidence/format/canonical-json.ts';
import { errorCodeOf, fail, messageOf } from '../../vocabulary/failure.ts';
import { type SegmentRunId, segmentRunIdSchema } from '../../vocabulary/identifiers.ts';
import { instantFromMillis, instantSchema } from '../../vocabulary/instant.ts';
import { manifestFingerprintSchema, parameterHashSchema, scenarioIdSchema, seedSchema } from '../identity.ts';
import { dataFault } from './segment-failure.ts';
import type { RunIdentity } from './states.ts';

/** What a run folder is about; its one clock says when the folder was made and is digested nowhere. */
export const runReceiptSchema = z.strictObject({
  schema: z.literal('fraud-platform/segment-run/v1'),
  run_id: segmentRunIdSchema,
  seed: seedSchema,
  parameter_hash: parameterHashSchema,
  manifest_fingerprint: manifestFingerprintSchema,
  /** Its scenarios, ascending, where they are not all of its world. */
  scenario_ids: z.array(scenarioIdSchema).min(1).optional(),
  created_utc: instantSchema,
  /** The run that this one was staged from. */
  staged_from: segmentRunIdSchema.optional(),
});
export type RunReceipt = z.infer<typeof runReceiptSchema>;

export const runReceiptName = 'run_receipt.json';

/** `<runs root>/<run id>`. Throws `RUNS_ROOT_INVALID` (64) for a runs root that is not an absolute path. */
export function runFolderOf(runsRoot: string, runId: SegmentRunId): string {
  if (!isAbsolute(runsRoot)) {
    fail({
      exit: 'usage',
      code: 'RUNS_ROOT_INVALID',
      message: 'the runs root is not an absolute path',
      where: 'runs_root',
      value: runsRoot,
      remedy: 'Give the absolute path of the folder that holds the runs.',
    });
  }
  return join(runsRoot, runId);
}

/** The receipt of a run folder, or `undefined` when there is none. Throws `S0_RUN_CONTEXT_INVALID` (65) on a malformed one. */
export async function findRunReceipt(folder: string): Promise<RunReceipt | undefined> {
  const path = join(folder, runReceiptName);
  let bytes: Uint8Array;
  try {
    bytes = await readFile(path);
  } catch (error) {
    if (errorCodeOf(error) === 'ENOENT') return undefined;
    return fail(
      {
        exit: 'transient',
        code: 'S0_IO_READ_FAILED',
        message: `a run receipt cannot be read: ${messageOf(error)}`,
        where: path,
        remedy: 'Make the run folder readable and run again.',
      },
      error,
    );
  }
  const parsed = runReceiptSchema.safeParse(parseCanonicalJson(bytes, path));
  if (parsed.success) return parsed.data;
  const [issue] = parsed.error.issues;
  return dataFault({
    code: 'S0_RUN_CONTEXT_INVALID',
    message: `the run receipt is malformed: ${issue?.message ?? ''}`,
    where: `${path}: ${issue?.path.join('.') ?? ''}`,
    remedy: 'Start a new run; a receipt is never edited.',
  });
}

/**
 * Makes the folder of a run with its receipt, or finds it and holds the receipt to the run. Throws
 * `S0_RUN_CONTEXT_INVALID` (65) for a folder of another world, other policies or other scenarios, `S0_IO_WRITE_FAILED` (75).
 */
export async function openRunFolder(
  folder: string,
  run: RunIdentity,
  seed: string,
  now: number,
  stagedFrom?: SegmentRunId,
): Promise<RunReceipt> {
  const before = await findRunReceipt(folder);
  if (before !== undefined) return held(before, folder, run);
  const receipt: RunReceipt = {
    schema: 'fraud-platform/segment-run/v1',
    run_id: run.runId,
    seed,
    parameter_hash: run.parameterHash,
    manifest_fingerprint: run.manifestFingerprint,
    ...(run.scenarioIds === undefined ? {} : { scenario_ids: [...run.scenarioIds] }),
    created_utc: instantFromMillis(now),
    ...(stagedFrom === undefined ? {} : { staged_from: stagedFrom }),
  };
  const staged = join(folder, `${runReceiptName}.${process.pid}.${now}`);
  try {
    await mkdir(folder, { recursive: true });
    await writeFile(staged, canonicalBytes(z.record(z.string(), z.json()).parse(receipt)));
    await link(staged, join(folder, runReceiptName));
    return receipt;
  } catch (error) {
    const winner = errorCodeOf(error) === 'EEXIST' ? await findRunReceipt(folder) : undefined;
    if (winner !== undefined) return held(winner, folder, run);
    return fail(
      {
        exit: 'transient',
        code: 'S0_IO_WRITE_FAILED',
        message: `the run folder cannot be made: ${messageOf(error)}`,
        where: folder,
        remedy: 'Make the runs root writable, or free disk space, and run again.',
      },
      error,
    );
  } finally {
    await rm(staged, { force: true });
  }
}

function held(receipt: RunReceipt, folder: string, run: RunIdentity): RunReceipt {
  const differs =
    receipt.manifest_fingerprint !== run.manifestFingerprint
      ? receipt.manifest_fingerprint
      : receipt.parameter_hash !== run.parameterHash
        ? receipt.parameter_hash
        : receipt.run_id !== run.runId
          ? receipt.run_id
          : scenariosOf(receipt.scenario_ids) !== scenariosOf(run.scenarioIds)
            ? scenariosOf(receipt.scenario_ids)
            : undefined;
  if (differs === undefined) return receipt;
  return dataFault({
    code: 'S0_RUN_CONTEXT_INVALID',
    message: 'the run folder belongs to another world, other policies, other scenarios or another run',
    where: join(folder, runReceiptName),
    value: differs,
    remedy:
      'Name the run of this world, these policies and these scenarios, or let the run choose its own id.',
  });
}

const scenariosOf = (ids: readonly string[] | undefined) => ids?.join(', ') ?? 'all scenarios of its world';
