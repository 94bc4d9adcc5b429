import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { composeSurfaces, surfaceBuffers } from '../../lib/segment-5a/s4/compose-surfaces.ts';
import { writeSurfaces } from '../../lib/segment-5a/s4/write-surfaces.ts';
import { encodeStrings, tableFrom } from '../../lib/tables/columns.ts';
import { frameOf } from '../../lib/tables/frames.ts';
import { joinSurfaces } from './alternatives/segment/polars-bucket.ts';
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

async function relational({ pairs, base, curves, weekBucket, folder }: State): Promise<void> {
  const columns = [...pairs.columns].map(([name, { type }]) => ({ name, type, nullable: false }));
  const bucket = { base, curves: curves.map(({ factors }) => factors), weekBucket, weekBuckets: week };
  await joinSurfaces(frameOf(columns, pairs), bucket, folder);
}

export const bench = defineBench<State>({
  name: 'segment-s4-bucket',
  what: `S4: three surfaces of one merchant bucket, ${pairCount.toLocaleString('en')} pairs by ${hours.toLocaleString('en')} hours, against joins in polars`,
  reading:
    'The same bucket inside one process: S4 computes a curve a scope and gathers by position; the joins write the same columns.',
  prepare: async () => ({ ...made(), folder: await mkdtemp(join(tmpdir(), 'bench-segment-')) }),
  cleanUp: ({ folder }) => rm(folder, { recursive: true, force: true }),
  subject: { kind: 'call', label: 'typed arrays', call: typedArrays },
  quick: true,
  alternatives: [{ kind: 'call', label: 'polars joins', call: relational }],
  targets: [{ measure: 'wallRatio', atMost: 0.6 }],
});
