import assert from 'node:assert/strict';
import { test } from 'node:test';
import { closureGates, readBaseline } from '../../../lib/operator/closure-gates.ts';
import { checkIds } from '../../../lib/segment-5a/vocabulary.ts';
import { shippedPolicies } from '../segment-5a/shipped-policies.ts';

test('the authorities of the product’s own gates were recorded under the policies and the checks that it ships', async () => {
  const own = [...(await closureGates()).values()].filter(({ equivalence }) => equivalence.identity);
  assert.ok(own.length >= 2);
  const { parameterHash } = await shippedPolicies();
  for (const authority of new Set(own.map((gate) => gate.authority))) {
    const { measures } = await readBaseline(authority);
    // Against another authority no run of this version could ever close the phase.
    const again = `record it again: fraudctl baseline set ${authority} --run <id> --replace`;
    assert.equal(measures.parameter_hash, parameterHash, `${authority} is of other policies; ${again}`);
    assert.equal(measures.states.S5?.counts.checks, checkIds.length, `${authority}: other checks; ${again}`);
  }
});
