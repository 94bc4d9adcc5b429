import { join } from 'node:path';
import type { Dataset } from '../../../lib/segment-5a/dataset.ts';
import {
  merchantZoneOverlayFactors,
  merchantZoneScenarioLocal,
  merchantZoneScenarioUtc,
} from '../../../lib/segment-5a/datasets.ts';
import type { Receipt } from '../../../lib/segment-5a/frame/receipt.ts';
import type { StateContext, StateName, StateWork } from '../../../lib/segment-5a/frame/states.ts';
import type { ScenarioId } from '../../../lib/segment-5a/identity.ts';
import { merchantBucketLabel, merchantBuckets } from '../../../lib/segment-5a/laws/merchant-bucket.ts';
import type { CheckList } from '../../../lib/segment-5a/s5/check.ts';
import { checkGate, checkPresence, checkSpecVersions } from '../../../lib/segment-5a/s5/published-checks.ts';
import type { SurfaceFiles } from '../../../lib/segment-5a/s5/surface-checks.ts';
import type { Surface, SurfacePart } from '../../../lib/segment-5a/s5/surface-scan.ts';

/** What the states before published, by state and in their order. */
export type Published = ReadonlyMap<StateName, readonly Receipt[]>;

/** Finds the receipts of S0 to S4, and judges that every file is there as it was published, and no other. */
export async function findPublished(
  context: StateContext,
  work: StateWork,
  checks: CheckList,
): Promise<Published> {
  const receipts = new Map<StateName, readonly Receipt[]>();
  await checkGate(context, checks);
  for (const state of ['S0', 'S1', 'S2', 'S3'] as const)
    receipts.set(state, await checkPresence(context, checks, state, [{}]));
  const s4Scopes = work.scenarioIds.flatMap((scenario_id) =>
    Array.from({ length: merchantBuckets }, (_, bucket) => ({
      scenario_id,
      mbucket: merchantBucketLabel(bucket),
    })),
  );
  receipts.set('S4', await checkPresence(context, checks, 'S4', s4Scopes));
  checkSpecVersions(context, checks, receipts);
  return receipts;
}

const surfaceDatasets: readonly (readonly [Surface, Dataset])[] = [
  ['local', merchantZoneScenarioLocal],
  ['factors', merchantZoneOverlayFactors],
  ['utc', merchantZoneScenarioUtc],
];

/** The surfaces that S4 published of a scenario; those that the policy does not ask for are left out. */
export function surfaceFiles(
  context: StateContext,
  published: Published,
  scenarioId: ScenarioId,
): SurfaceFiles {
  const receipts = published.get('S4') ?? [];
  const emitted = surfaceDatasets.filter(
    ([surface]) => surface !== 'utc' || context.policies.scenario_horizon.emit_utc_intensities,
  );
  return new Map(
    emitted.map(([surface, { table }]) => {
      const buckets = Array.from({ length: merchantBuckets }, (_, bucket) => {
        const receipt = receipts.find(
          (one) => one.scenario_id === scenarioId && one.mbucket === merchantBucketLabel(bucket),
        );
        let rowsBefore = 0;
        return (receipt?.files ?? [])
          .filter(({ dataset }) => dataset === table.name)
          .map((file): SurfacePart => {
            const part = { path: join(context.runFolder, file.path), rowsBefore };
            rowsBefore += file.rows;
            return part;
          });
      });
      return [surface, buckets] as const;
    }),
  );
}
