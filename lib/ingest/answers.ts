import { z } from 'zod';

/** Body of a 200 to `POST /v1/events`: one decision for each event, in the order of the request. */
export const answerSchema = z.strictObject({
  schema: z.literal('fraud-platform/gate-answer/v1'),
  decisions: z.array(
    z.strictObject({
      event_id: z.string().nullable(),
      decision: z.enum(['ADMIT', 'DUPLICATE', 'QUARANTINE']),
      reason: z.string().optional(),
      detail: z.string().optional(),
    }),
  ),
});
export type GateAnswer = z.infer<typeof answerSchema>;

/** Body of every answer that decides nothing. */
export const refusalSchema = z.strictObject({
  schema: z.literal('fraud-platform/gate-refusal/v1'),
  code: z.string(),
  message: z.string(),
});
export type GateRefusal = z.infer<typeof refusalSchema>;
