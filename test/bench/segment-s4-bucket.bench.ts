import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import pl from 'nodejs-polars';
import { composeSurfaces, surfaceBuffers } from '../../lib/segment-5a/s4/compose-surfaces.ts';
import { writeSurfaces } from '../../lib/segment-5a/s4/write-surfaces.ts';
import { encodeStrings, tableFrom } from '../../lib/tables/columns.ts';
import { eventLoopTurn, frameOf } from '../../lib/tables/frames.ts';
import { defineBench } from './definition.ts';

/**
 * One merchant bucket of a full world, from baseline and curves to three surfaces on disk: S4's way
 * against the same as joins in polars. Values come from a rule; an eighth of the rows have any volume.
 */
const [pairCount, hours, week, scopes] = [2_066, 2_160, 168, 180];

function made() {
  const rows = Array.from({ length: pairCount }, (_, row) => row);
  const pairs = tableFrom({
    merchant_id: {
      type: 'u64',
      values: BigUint64Array.from(rows, (row) => 2n ** 63n + BigInt(Math.floor(row / 19))),
    },
    legal_country_iso: encodeStrings(rows.map((row) => `A${String.fromCharCode(65 + (row % 19))}`)),
    tzid: encodeStrings(rows.map((row) => `Zone/Z${row % 268}`)),
    channel_group: encodeStrings(rows.map((row) => (row % 38 < 19 ? 'card_present' : 'card_not_present'))),
  });
  const base = Float64Array.from({ length: pairCount * week }, (_, at) => {
    const row = Math.floor(at / week);
    return row % 8 === 0 ? Math.sqrt(at + 1) * (1 + Math.sin(at % week)) : 0;
  });
  const curves = Array.from({ length: scopes }, (_, scope) => ({
    factors: Float64Array.from({ length: hours }, (_, h) =>
      (h + scope * 7) % 200 < 20 ? 1 + ((h % 24) + 1) / 50 : 1,
    ),
    belowRail: 0,
    aboveRail: 0,
  }));
  const weekBucket = Uint16Array.from({ length: hours }, (_, h) => (h + 77) % week);
  return { rows, pairs, base, curves, weekBucket, buffers: surfaceBuffers(pairCount * hours) };
}

type State = ReturnType<typeof made> & { readonly folder: string };

async function typedArrays({ rows, pairs, base, curves, weekBucket, buffers, folder }: State): Promise<void> {
  const composed = rows.flatMap((row) => {
    const curve = curves[row % scopes];
    return curve === undefined ? [] : [{ baseAt: row * week, curve, projection: { weekBucket } }];
  });
  const surfaces = composeSurfaces(base, composed, hours, week, buffers);
  const partition = { manifest_fingerprint: '0'.repeat(64), scenario_id: 'baseline_v1', mbucket: '00' };
  // A folder of its own each time: a product is not written over what is there.
  const scratch = await mkdtemp(join(folder, 'surfaces-'));
  await writeSurfaces(pairs, hours, surfaces, { scratch, partition, part: 0, emitUtc: true });
}

async function relational({ rows, pairs, base, curves, weekBucket, folder }: State): Promise<void> {
  const columns = [...pairs.columns].map(([name, { type }]) => ({ name, type, nullable: false }));
  const integers = (values: Int32Array) => pl.Series('', values);
  const keys = frameOf(columns, pairs).withColumns(
    integers(Int32Array.from(rows)).rename('pair'),
    integers(Int32Array.from(rows, (row) => row % scopes)).rename('scope'),
  );
  const horizon = pl.DataFrame({
    h: integers(Int32Array.from(weekBucket, (_, h) => h)).rename('h'),
    k: integers(Int32Array.from(weekBucket)).rename('k'),
  });
  const baseline = pl.DataFrame({
    pair: integers(Int32Array.from(base, (_, at) => Math.floor(at / week))).rename('pair'),
    k: integers(Int32Array.from(base, (_, at) => at % week)).rename('k'),
    base: pl.Series('base', base),
  });
  const factor = pl.DataFrame({
    scope: integers(Int32Array.from({ length: scopes * hours }, (_, at) => Math.floor(at / hours))).rename(
      'scope',
    ),
    h: integers(Int32Array.from({ length: scopes * hours }, (_, at) => at % hours)).rename('h'),
    overlay_factor_total: pl.Series(
      'overlay_factor_total',
      Float64Array.from(curves.flatMap(({ factors }) => [...factors])),
    ),
  });
  const joined = await keys
    .lazy()
    .join(horizon.lazy(), { how: 'cross', maintainOrder: 'left_right' })
    .join(baseline.lazy(), { on: ['pair', 'k'], how: 'left', maintainOrder: 'left' })
    .join(factor.lazy(), { on: ['scope', 'h'], how: 'left', maintainOrder: 'left' })
    .withColumns(pl.col('base').mul(pl.col('overlay_factor_total')).alias('lambda'))
    .collect();
  const names = [...pairs.columns.keys(), 'h'];
  for (const [file, own] of Object.entries({
    local: ['lambda', 'overlay_factor_total'],
    factors: ['overlay_factor_total'],
    utc: ['lambda'],
  })) {
    await joined
      .select(...names, ...own)
      .lazy()
      .sinkParquet(join(folder, `${file}.parquet`), {
        compression: 'zstd',
        compressionLevel: 1,
        rowGroupSize: 262_144,
      })
      .collect();
  }
  await eventLoopTurn();
}

export const bench = defineBench<State>({
  name: 'segment-s4-bucket',
  what: `S4: three surfaces of one merchant bucket, ${pairCount} pairs by ${hours} hours, against joins in polars`,
  prepare: async () => ({ ...made(), folder: await mkdtemp(join(tmpdir(), 'bench-segment-')) }),
  cleanUp: ({ folder }) => rm(folder, { recursive: true, force: true }),
  subject: { kind: 'call', label: 'typed arrays', call: typedArrays },
  alternative: { kind: 'call', label: 'polars joins', call: relational },
  targets: [{ measure: 'ratio', atMost: 0.6 }],
});
