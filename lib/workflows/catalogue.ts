import { boundedBurstDefinition } from './bounded-burst.ts';
import { oneShotDefinition } from './one-shot.ts';
import type { Placement } from './run-task-state.ts';
import { segment5aDefinition } from './segment-5a.ts';
import type { StateMachine } from './state-machine.ts';

/** Every state machine there is, by workflow name. A run of anything is an execution of one of these. */
export const workflows: Readonly<Record<string, (placement: Placement) => StateMachine>> = {
  'bounded-burst': boundedBurstDefinition,
  'one-shot': oneShotDefinition,
  'segment-5a': segment5aDefinition,
};
