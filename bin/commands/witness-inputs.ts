import type { RunContent } from '../../lib/segment-5a/frame/run-content.ts';
import { identify } from '../../lib/segment-5a/frame/run-segment.ts';
import type { Policies } from '../../lib/segment-5a/policies/load-policies.ts';
import type { World } from '../../lib/segment-5a/s0/open-world.ts';
import { fail } from '../../lib/vocabulary/failure.ts';

/** Throws `WITNESS_OF_ANOTHER` (64) unless a run was made with these policies. */
export function requireItsPolicies(
  { runId, parameterHash }: RunContent,
  policies: Policies,
  given: string | undefined,
): void {
  if (policies.parameterHash === parameterHash) return;
  fail({
    exit: 'usage',
    code: 'WITNESS_OF_ANOTHER',
    message: `the run was made with other policies than ${given === undefined ? 'those of this version' : 'these'}`,
    where: '--policies',
    value: given ?? policies.parameterHash,
    remedy: `Give the folder of the policies that ${runId} was made with; their parameter_hash is ${parameterHash}.`,
  });
}

/** Throws `WITNESS_OF_ANOTHER` (64) unless a run is the one of this world. */
export function requireItsWorld(
  { runId, manifestFingerprint }: RunContent,
  world: World,
  policies: Policies,
  given: string,
): void {
  const own = identify(world, policies);
  if (own.manifestFingerprint === manifestFingerprint) return;
  fail({
    exit: 'usage',
    code: 'WITNESS_OF_ANOTHER',
    message: 'the run is of another world than this, or was made by laws of another version',
    where: '--world',
    value: given,
    remedy: `Give the world that ${runId} was made of, or its scale and seed.`,
  });
}
