import { z } from 'zod';
import { ratioMeasures, sideMeasures } from '../definition.ts';

const summarySchema = z.strictObject({
  runs: z.int().positive(),
  median: z.number(),
  min: z.number(),
  max: z.number(),
  mad: z.number().min(0),
});
const label = z.string().min(1);
const side = {
  label,
  wallSeconds: summarySchema.optional(),
  cpuSeconds: summarySchema.optional(),
  peakBytes: summarySchema.optional(),
  measured: summarySchema.optional(),
};
const ratios = {
  wallRatio: summarySchema.optional(),
  cpuRatio: summarySchema.optional(),
  peakRatio: summarySchema.optional(),
};
const targetSchema = z.strictObject({
  measure: z.enum([...sideMeasures, ...ratioMeasures]),
  atMost: z.number(),
  beside: label.optional(),
});

/** What one bench measured; a measure that is unknown is left out. */
export const benchResultSchema = z.strictObject({
  bench: label,
  what: label,
  rounds: z.int().positive(),
  subject: z.strictObject(side),
  alternatives: z.array(z.strictObject({ ...side, ...ratios })).readonly(),
  targets: z
    .array(targetSchema.extend({ value: z.number().optional(), verdict: z.enum(['PASS', 'MISS']) }))
    .readonly(),
});
export type RecordedResult = z.infer<typeof benchResultSchema>;

/** A bench as it was when it was measured, and what it measured. */
const benchRecordSchema = z.strictObject({
  name: label,
  what: label,
  reading: z.string().optional(),
  measured: z.string().optional(),
  ownSides: z.boolean().optional(),
  targets: z.array(targetSchema).readonly(),
  date: z.iso.date(),
  /** Preparation and all. */
  seconds: z.number().min(0),
  /** Processes that were ready to run, a minute's mean, before it began: 0 on a quiet machine. */
  loadBefore: z.number().min(0),
  result: z.union([benchResultSchema, z.strictObject({ notMeasured: label })]),
  /** How its ratios lie beside those of the record that this one replaced. */
  again: z
    .strictObject({ date: z.iso.date(), ratios: z.int().min(0), moved: z.array(z.string()).readonly() })
    .optional(),
});
export type BenchRecord = z.infer<typeof benchRecordSchema>;

/** `docs/benchmarks.json`: all that the page is made of. Names no machine and no path. */
export const recordSchema = z.strictObject({
  schema: z.literal('fraud-platform/benchmarks/v1'),
  machine: z.strictObject({
    processor: z.string(),
    cores: z.int().positive(),
    memoryGibibytes: z.number().positive(),
    kernel: z.string(),
    architecture: z.string(),
  }),
  versions: z.record(z.string(), z.string()),
  benches: z.array(benchRecordSchema).min(1).readonly(),
});
export type BenchmarkRecord = z.infer<typeof recordSchema>;

export function hasResult(result: BenchRecord['result']): result is RecordedResult {
  return 'rounds' in result;
}
