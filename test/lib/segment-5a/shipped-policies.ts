import { fileURLToPath } from 'node:url';
import { loadPolicies, type Policies } from '../../../lib/segment-5a/policies/load-policies.ts';

/** The policies that the product ships, loaded once a test file. */
export const policyFolder = fileURLToPath(new URL('../../../config/policies/segment-5a', import.meta.url));

let loaded: Promise<Policies> | undefined;

export function shippedPolicies(): Promise<Policies> {
  loaded ??= loadPolicies(policyFolder);
  return loaded;
}
