import assert from 'node:assert/strict';
import { test } from 'node:test';
import { requireKnownEnvironment } from '../../../bin/commands/environment-names.ts';
import { readState } from '../../../bin/commands/read-state.ts';
import { loadBurstGate } from '../../../lib/burst/load-gate-spec.ts';
import { loadBurstPlan } from '../../../lib/burst/load-plan.ts';
import { findClosureGate } from '../../../lib/operator/closure-gates.ts';
import { findPhase, loadPhases } from '../../../lib/operator/phases.ts';
import { bindArguments } from '../../../lib/queries/bind-arguments.ts';
import { findQuery } from '../../../lib/queries/registry.ts';
import { scaleOf } from '../../../lib/segment-5a/worlds/scale.ts';
import { isPlatformError } from '../../../lib/vocabulary/failure.ts';

const mistakes: readonly (readonly [what: string, meant: string, mistake: () => Promise<unknown>])[] = [
  ['an environment', 'staging', () => requireKnownEnvironment('stagign')],
  ['a state', 'S4', async () => readState('s4', '--state')],
  ['a plan', 'rehearsal', () => loadBurstPlan('rehersal')],
  ['a gate of bursts', 'm10f-burst', () => loadBurstGate('m10f-brust')],
  ['a gate of closures', 'popt2', () => findClosureGate('POPT2')],
  ['a phase', 'M10.F', async () => findPhase(await loadPhases(undefined), 'm10f', '<phase>')],
  ['a query', 'receipts_window', () => findQuery('receipts-window')],
  ['the list of queries', 'list', () => findQuery('lst')],
  [
    'a parameter of a query',
    'run_id',
    async () => bindArguments(await findQuery('receipts_window'), { runid: '1' }),
  ],
  ['a scale', 'medium', async () => scaleOf('meduim')],
];
for (const [what, meant, mistake] of mistakes) {
  test(`a mistyped name of ${what} is refused with the one that was meant`, async () => {
    await assert.rejects(mistake, (error: unknown) => {
      assert.ok(isPlatformError(error));
      assert.ok(error.failure.remedy.startsWith(`Did you mean ${meant}? `), error.failure.remedy);
      return true;
    });
  });
}
