import { z } from 'zod';
import { burstContract } from '../task-contracts/burst.ts';
import { segmentContract } from '../task-contracts/segment.ts';
import { boundedBurstInputSchema } from './bounded-burst-input.ts';
import { oneShotInputSchema } from './one-shot-input.ts';
import { segment5aInputSchema } from './segment-5a-input.ts';

/** `intent.json` of an execution: the input of whichever state machine it is of. */
export const intentSchema = z.discriminatedUnion('schema', [
  oneShotInputSchema,
  segment5aInputSchema,
  boundedBurstInputSchema,
]);
export type Intent = z.infer<typeof intentSchema>;

/** State machines that executions are of. */
export type WorkflowName = 'one-shot' | 'segment-5a' | 'bounded-burst';

/** Which state machine an intent is the input of, and the task that its launches are of. Pure. */
export function workflowOf(intent: Intent): { readonly workflow: WorkflowName; readonly task: string } {
  switch (intent.schema) {
    case 'fraud-platform/one-shot-input/v1':
      return { workflow: 'one-shot', task: intent.task };
    case 'fraud-platform/segment-5a-input/v1':
      return { workflow: 'segment-5a', task: segmentContract.name };
    case 'fraud-platform/bounded-burst-input/v1':
      return { workflow: 'bounded-burst', task: burstContract.name };
  }
}
