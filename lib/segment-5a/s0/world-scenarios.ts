import { join } from 'node:path';
import { readChecked } from '../frame/read-input.ts';
import { strings } from '../frame/table-access.ts';
import { type ScenarioId, scenarioIdSchema } from '../identity.ts';
import { scenariosTable } from '../world-datasets.ts';
import type { World } from './open-world.ts';

/** The scenarios of a world, ascending. */
export async function worldScenarioIds(world: World): Promise<readonly ScenarioId[]> {
  const path = join(world.data, scenariosTable.pathTemplate);
  const table = await readChecked(path, scenariosTable.table, 'S0_SEALED_INPUT_SCHEMA_MISMATCH');
  return strings(table, 'scenario_id')
    .dictionary.map((id) => scenarioIdSchema.parse(id))
    .toSorted();
}

/** Those of all that are named, in their order and once each; all when none is. `unknown` refuses a name that is none. */
export function scenariosNamed(
  named: readonly string[],
  all: readonly ScenarioId[],
  unknown: (id: string) => never,
): readonly ScenarioId[] {
  const other = named.find((id) => !all.some((one) => one === id));
  if (other !== undefined) unknown(other);
  return named.length === 0 ? all : all.filter((id) => named.includes(id));
}
