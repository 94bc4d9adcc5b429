import { columnOf, type Table, textAt } from '../../tables/columns.ts';
import { i32Values, strings, textOf } from '../frame/table-access.ts';
import { type CheckFinding, type CheckVerdict, unlessFound } from './check.ts';
import { finding, mostFindings } from './row-findings.ts';
import { choiceOf, classZoneKeys, type ShapePolicies } from './shape-choice.ts';

/**
 * Whether the shape catalogue has one row for each class, channel, country and zone of the profile, and says
 * of each what its shape is made from, drawn again by code that S2 does not use.
 */
export function checkCatalogue(
  catalogue: Table,
  profile: Table,
  policies: ShapePolicies,
  parameterHash: string,
): CheckVerdict {
  const keyAt = classZoneKeys(catalogue);
  const templates = strings(catalogue, 'template_id');
  const candidates = i32Values(catalogue, 'candidate_templates');
  const zoneProfiles = strings(catalogue, 'zone_profile_id');
  const overrides = columnOf(catalogue, 'zone_override_id', 'string');
  const keys = new Set<string>();
  const findings: CheckFinding[] = [];
  let different = 0;
  for (let row = 0; row < catalogue.rows; row += 1) {
    const key = keyAt(row);
    const name = key.join('|');
    keys.add(name);
    const choice = choiceOf(key, policies, parameterHash);
    const expected = [choice?.template.id, choice?.candidates, choice?.profile.id, choice?.override ?? null];
    const found = [
      textOf(templates, row),
      candidates[row],
      textOf(zoneProfiles, row),
      textAt(overrides, row),
    ];
    if (found.every((value, index) => value === expected[index])) continue;
    different += 1;
    if (different > mostFindings) continue;
    findings.push({
      issueCode: 'S2_CHOICE_DIFFERS',
      context: { key: name, found: found.join(' '), expected: expected.join(' ') },
      message: `${name}: the shape is not made from what the catalogue says`,
    });
  }
  const wantedAt = classZoneKeys(profile);
  const wanted = new Set(Array.from({ length: profile.rows }, (_, row) => wantedAt(row).join('|')));
  const missing = [...wanted].filter((key) => !keys.has(key)).length;
  const foreign = [...keys].filter((key) => !wanted.has(key)).length;
  const wrongKeys = missing + foreign + catalogue.rows - keys.size;
  return unlessFound({ rows: catalogue.rows, different, wrong_keys: wrongKeys }, [
    ...findings,
    ...finding('S2_CATALOGUE_KEYS', wrongKeys, 'class-zones are missing, foreign, or stand twice'),
  ]);
}
