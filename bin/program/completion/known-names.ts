import { shippedBurstGateNames } from '../../../lib/burst/load-gate-spec.ts';
import { shippedPlanNames } from '../../../lib/burst/load-plan.ts';
import { closureGates } from '../../../lib/operator/closure-gates.ts';
import { loadPhases } from '../../../lib/operator/phases.ts';
import { listQueries } from '../../../lib/queries/registry.ts';
import { stateNames } from '../../../lib/segment-5a/frame/states.ts';
import { scales } from '../../../lib/segment-5a/worlds/scale.ts';
import { taskContracts } from '../../../lib/task-contracts/catalogue.ts';
import { environmentNames } from '../../commands/environment-names.ts';
import { answerFormats } from '../../terminal/show-answers.ts';
import type { NamesByPlaceholder } from './completion-model.ts';
import { shells } from './shells.ts';

/** The names of this version, by the placeholders that they stand for. */
export async function knownNames(): Promise<NamesByPlaceholder> {
  return {
    environment: await environmentNames(),
    task: taskContracts.map(({ name }) => name),
    query: [...(await listQueries()).map(({ name }) => name), 'list'],
    plan: await shippedPlanNames(),
    'burst-gate': await shippedBurstGateNames(),
    'closure-gate': [...(await closureGates()).keys()],
    phase: (await loadPhases(undefined)).phases.map(({ id }) => id),
    state: stateNames,
    scale: scales.map(({ name }) => name),
    format: answerFormats,
    shell: Object.keys(shells),
  };
}
