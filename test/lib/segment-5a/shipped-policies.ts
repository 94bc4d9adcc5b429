import { cp, readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import {
  loadPolicies,
  type Policies,
  type PolicyName,
  policyFileName,
} from '../../../lib/segment-5a/policies/load-policies.ts';

/** The policies that the product ships, loaded once a test file. */
export const policyFolder = fileURLToPath(new URL('../../../config/policies/segment-5a', import.meta.url));

let loaded: Promise<Policies> | undefined;

export function shippedPolicies(): Promise<Policies> {
  loaded ??= loadPolicies(policyFolder);
  return loaded;
}

type Replacement = readonly [from: string, to: string];

/** The shipped policies in another folder, with texts replaced in some of them, each of which must be there. */
export async function ownPolicies(
  folder: string,
  changes: Partial<Record<PolicyName, readonly Replacement[]>>,
): Promise<string> {
  await cp(policyFolder, folder, { recursive: true });
  for (const [name, replacements] of Object.entries(changes)) {
    const file = join(folder, policyFileName(name as PolicyName));
    let text = await readFile(file, 'utf8');
    for (const [from, to] of replacements) {
      if (!text.includes(from)) throw new Error(`${file} does not say ${from}`);
      text = text.replace(from, to);
    }
    await writeFile(file, text);
  }
  return folder;
}

/** The shipped policies with buckets of half an hour or two hours, and the windows of zones on whole ones. */
export function policiesInBuckets(folder: string, minutes: 30 | 120): Promise<string> {
  const change: readonly Replacement[] = [['bucket_minutes: 60', `bucket_minutes: ${minutes}`]];
  return ownPolicies(folder, {
    shape_time_grid: change,
    scenario_horizon: change,
    zone_modifiers: [
      ['end_minute: 1380', 'end_minute: 1320'],
      ['end_minute: 1020', 'end_minute: 960'],
      ['end_minute: 300', 'end_minute: 240'],
    ],
  });
}
