import type { JsonObject } from '../../vocabulary/json.ts';
import type { ScenarioId } from '../identity.ts';
import type { ValidationPolicy } from '../policies/validation.ts';
import type { CheckId } from '../vocabulary.ts';
import { type CheckFinding, type CheckList, type CheckVerdict, failed, passed } from './check.ts';
import type { Engine } from './engine.ts';
import { type faultKinds, issueCodes } from './name-faults.ts';
import { type Counts, countSurface, type JudgedSurface } from './surface-counts.ts';
import type { ScanLaws, Surface, SurfacePart } from './surface-scan.ts';

/** Parts of each surface by merchant bucket. */
export type SurfaceFiles = ReadonlyMap<Surface, readonly (readonly SurfacePart[])[]>;

/**
 * Every row of every surface of one scenario against the expectation. The surfaces are read two or
 * three times, column by column; the checks share what was counted, and those that could not be counted
 * are ERROR.
 */
export async function checkSurfaces(
  engine: Engine,
  checks: CheckList,
  files: SurfaceFiles,
  laws: ScanLaws,
  policy: ValidationPolicy,
  scenarioId: ScenarioId,
  progress: () => void,
): Promise<void> {
  const counted = new Map<Surface, Promise<Counts>>();
  // All three surfaces have the same keys and two have the same factors; the first is judged value by value.
  const judgedBefore = async (): Promise<JudgedSurface | undefined> => {
    const counts = await counted.get('local')?.catch(() => undefined);
    const buckets = files.get('local');
    return counts === undefined || buckets === undefined ? undefined : { surface: 'local', buckets, counts };
  };
  for (const [surface, buckets] of files) {
    const counts = countSurface(engine, surface, buckets, laws, await judgedBefore(), progress);
    counted.set(surface, counts);
    // Told to every check that asks; here it only must not end the process.
    await counts.catch(() => undefined);
  }
  const all = () =>
    Promise.all(Array.from(counted, async ([surface, counts]) => [surface, await counts] as const));
  const about = (kind: (typeof faultKinds)[number]) => async (): Promise<CheckVerdict> =>
    verdict(await all(), (counts) => counts[kind], issueCodes[kind]);
  const run = (id: CheckId, check: () => Promise<CheckVerdict>) => checks.run(id, 'S4', check, scenarioId);

  await run('S4_DOMAIN_PARITY', about('wrong_key'));
  await run('S4_HORIZON_COVERAGE', async () =>
    verdict(await all(), ({ rows, expected }) => Math.abs(rows - expected), 'S4_ROW_COUNT'),
  );
  await run('S4_LAMBDA_NONNEG_FINITE', about('wrong_lambda'));
  await run('S4_OVERLAY_FACTOR_HARD_BOUNDS', about('wrong_bounds'));
  await run('S4_OVERLAY_FACTORS', about('wrong_factor'));
  await run('S4_RECOMPOSITION', async () =>
    verdict(await all(), ({ different }) => different, 'S4_LAMBDA_DIFFERS'),
  );
  await run('S4_LOCAL_VS_UTC_TOTAL', async () =>
    totals(await all(), policy.tolerances.local_utc_total.relative),
  );
  await run('S4_OVERLAY_FACTOR_WARN_BOUNDS', async () => {
    const local = await counted.get('local');
    const metrics = { below: local?.below_rail ?? 0, above: local?.above_rail ?? 0 };
    if (metrics.below + metrics.above === 0) return passed(metrics);
    const message = `${metrics.below} factors below and ${metrics.above} above the rails`;
    return {
      status: 'WARN',
      metrics,
      findings: [{ issueCode: 'S4_FACTOR_BEYOND_RAIL', context: metrics, message }],
    };
  });
  await run('S4_LAMBDA_SCENARIO_GUARDRAIL', async () => {
    const largest = Math.max(...(await all()).map(([, counts]) => counts.max_lambda));
    const { warn, fail } = policy.lambda_guardrail;
    const metrics = { max_lambda: largest };
    if (largest <= warn) return passed(metrics);
    const found = { issueCode: 'S4_LAMBDA_HIGH', context: metrics, message: `an intensity of ${largest}` };
    return largest > fail ? failed(metrics, found) : { status: 'WARN', metrics, findings: [found] };
  });
}

function verdict(
  all: readonly (readonly [Surface, Counts])[],
  pick: (counts: Counts) => number,
  issueCode: string,
): CheckVerdict {
  const metrics: Record<string, JsonObject> = {};
  const findings: CheckFinding[] = [];
  for (const [surface, counts] of all) {
    const found = pick(counts);
    metrics[surface] = { rows: counts.rows, expected: counts.expected, violations: found };
    if (found === 0) continue;
    // A wrong key is told together with the key that is missing for it.
    const codes = issueCode === 'S4_KEY_MISMATCH' ? [issueCode, 'S4_ROW_COUNT'] : [issueCode];
    const named = codes.flatMap((code) => counts.findings.get(code) ?? []);
    const message = `${surface}: ${found} rows`;
    findings.push(
      ...(named.length > 0 ? named : [{ issueCode, context: { surface, rows: found }, message }]),
    );
  }
  return findings.length === 0 ? passed(metrics) : failed(metrics, ...findings);
}

function totals(all: readonly (readonly [Surface, Counts])[], relative: number): CheckVerdict {
  const totalOf = (surface: Surface) => all.find(([name]) => name === surface)?.[1].total;
  const [local, utc] = [totalOf('local'), totalOf('utc')];
  if (local === undefined || utc === undefined) return passed({ compared: false });
  const error = local === utc ? 0 : Math.abs(Number(local - utc)) / Math.max(Number(local), 1e12);
  const metrics = { local: Number(local) / 1e12, utc: Number(utc) / 1e12, relative_error: error };
  if (error <= relative) return passed(metrics);
  const message = `local and UTC totals differ by ${error} of the total`;
  return failed(metrics, { issueCode: 'S4_TOTALS_DIFFER', context: metrics, message });
}
