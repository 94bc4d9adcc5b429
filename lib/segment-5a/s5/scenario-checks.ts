import { columnOf, type Table } from '../../tables/columns.ts';
import { strings, textOf } from '../frame/table-access.ts';
import { type ScenarioPlan, scenarioManifestTable } from '../s0/scenario-plans.ts';
import { type CheckFinding, type CheckVerdict, unlessFound } from './check.ts';
import { mostFindings } from './row-findings.ts';

const texts = ['scenario_version', 'horizon_start_utc', 'horizon_end_utc', 'labels'];
const flags = ['is_baseline', 'is_stress'];

/**
 * Whether the scenario manifest says of each scenario of the run, and of no other, what world and policy
 * give it: S4 and a burst take the horizon from there.
 */
export function checkScenarioManifest(manifest: Table, plans: readonly ScenarioPlan[]): CheckVerdict {
  const expected = linesOf(scenarioManifestTable(plans));
  const found = linesOf(manifest);
  const ids = new Set([...expected.keys(), ...found.keys()]);
  const differing = [...ids].filter((id) => expected.get(id)?.join() !== found.get(id)?.join());
  return unlessFound(
    { scenarios: expected.size, different: differing.length },
    differing.slice(0, mostFindings).map((id): CheckFinding => {
      const [is, should] = [found, expected].map((of) => of.get(id)?.join(' and ') ?? 'nothing');
      return {
        issueCode: 'S0_SCENARIO_DIFFERS',
        context: { scenario_id: id, found: is ?? '', expected: should ?? '' },
        message: `${id}: the manifest says ${is}, and the world ${should}`,
      };
    }),
  );
}

/** What a manifest says of each scenario; of one that stands in it twice, two things. */
function linesOf(manifest: Table): ReadonlyMap<string, readonly string[]> {
  const ids = strings(manifest, 'scenario_id');
  const lines = new Map<string, string[]>();
  for (let row = 0; row < manifest.rows; row += 1) {
    const line = JSON.stringify([
      ...texts.map((name) => textOf(strings(manifest, name), row)),
      ...flags.filter((name) => columnOf(manifest, name, 'boolean').values[row] === 1),
    ]);
    const id = textOf(ids, row);
    lines.set(id, [...(lines.get(id) ?? []), line]);
  }
  return lines;
}
