import { merchantZoneBaseline } from '../../../lib/segment-5a/datasets.ts';
import { stringColumn } from '../../../lib/segment-5a/frame/build-columns.ts';
import type { StagedFile } from '../../../lib/segment-5a/frame/publish-outputs.ts';
import type { StateContext } from '../../../lib/segment-5a/frame/states.ts';
import { strings, u64Values } from '../../../lib/segment-5a/frame/table-access.ts';
import { runPartition } from '../../../lib/segment-5a/frame/write-output.ts';
import { merchantBucketLabel } from '../../../lib/segment-5a/laws/merchant-bucket.ts';
import { alignedBaseline } from '../../../lib/segment-5a/s4/baseline-part.ts';
import { composeSurfaces, type SurfaceBuffers } from '../../../lib/segment-5a/s4/compose-surfaces.ts';
import { writeSurfaces } from '../../../lib/segment-5a/s4/write-surfaces.ts';
import { type Table, tableFrom } from '../../../lib/tables/columns.ts';
import { readTable } from '../../../lib/tables/read-table.ts';
import { composedRows, type ScenarioWork } from './scenario-work.ts';

/** Values that the largest part of any bucket holds: what buffers that serve them all must hold. */
export function largestPart(
  bucketRows: readonly Uint32Array[],
  scenarios: readonly ScenarioWork[],
  valuesOfPart: number,
): number {
  const rows = Math.max(0, ...bucketRows.map(({ length }) => length));
  const buckets = Math.max(0, ...scenarios.map(({ input }) => input.horizon.buckets));
  return Math.min(rows * buckets, Math.max(valuesOfPart, buckets));
}

/** One merchant bucket: which rows of the profile are in it, and the file of its baseline, which agrees with them. */
export type BucketWork = {
  readonly bucket: number;
  readonly profile: Table;
  readonly rows: Uint32Array;
  readonly baseline: string;
  readonly weekBuckets: number;
  /** Most values of a surface that are held at once; what a bucket has more of goes into further parts. */
  readonly valuesOfPart: number;
};

/** Computes and writes the surfaces of one scenario and merchant bucket, a part at a time, into the scratch folder. */
export async function stageBucket(
  context: StateContext,
  { bucket, profile, rows, baseline, weekBuckets, valuesOfPart }: BucketWork,
  scenario: ScenarioWork,
  buffers: SurfaceBuffers,
): Promise<readonly StagedFile[]> {
  const { buckets } = scenario.input.horizon;
  const parts = Math.max(1, Math.ceil(rows.length / Math.max(1, Math.floor(valuesOfPart / buckets))));
  const perPart = Math.ceil(rows.length / parts);
  const staged: StagedFile[] = [];
  for (let part = 0; part < parts; part += 1) {
    const own = rows.subarray(part * perPart, (part + 1) * perPart);
    const surfaces = await context.phases.spend('overlay_compute', async () => {
      const slice = { from: part * perPart * weekBuckets, rows: own.length * weekBuckets };
      const table = await readTable(baseline, merchantZoneBaseline.table, slice);
      const base = alignedBaseline(profile, own, table, weekBuckets);
      const composed = composedRows(profile, own, scenario, weekBuckets);
      const made = composeSurfaces(base, composed, buckets, weekBuckets, buffers);
      scenario.figures.addIntensities(made);
      return made;
    });
    const place = {
      scratch: context.scratch,
      partition: {
        ...runPartition(context),
        scenario_id: scenario.scenarioId,
        mbucket: merchantBucketLabel(bucket),
      },
      part,
      emitUtc: context.policies.scenario_horizon.emit_utc_intensities,
    };
    staged.push(
      ...(await context.phases.spend('output_schema_validation', () =>
        writeSurfaces(pairsOf(profile, own), buckets, surfaces, place),
      )),
    );
  }
  return staged;
}

function pairsOf(profile: Table, rows: Uint32Array): Table {
  const merchants = u64Values(profile, 'merchant_id');
  const text = (name: string) => {
    const { codes, dictionary } = strings(profile, name);
    return stringColumn(
      Uint32Array.from(rows, (row) => codes[row] ?? 0),
      dictionary,
    );
  };
  return tableFrom({
    merchant_id: { type: 'u64', values: BigUint64Array.from(rows, (row) => merchants[row] ?? 0n) },
    legal_country_iso: text('legal_country_iso'),
    tzid: text('tzid'),
    channel_group: text('channel_group'),
  });
}
