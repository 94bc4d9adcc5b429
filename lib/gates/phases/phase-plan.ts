import { z } from 'zod';
import { segmentContract } from '../../task-contracts/segment.ts';

/** Identity of a phase, such as M10.F or POPT.2. */
export const phaseIdSchema = z
  .string()
  .regex(/^[A-Z][A-Z0-9]*\.[A-Z0-9]+$/, 'not a phase such as M10.F')
  .brand<'PhaseId'>();
export type PhaseId = z.infer<typeof phaseIdSchema>;

const name = z.string().regex(/^[a-z0-9]+(?:-[a-z0-9]+)*$/, 'not lower-case words joined by -');

/** What shows that a phase is closed; `config/phases.yaml` says what each means. */
const closedBySchema = z.union([
  z.strictObject({
    // A PASS of it may be one of S0 alone.
    task: name.refine((task) => task !== segmentContract.name, {
      message: 'some states of the data engine prove nothing of a run; write workflow: segment-5a',
    }),
  }),
  z.strictObject({ workflow: z.literal('segment-5a') }),
  z.strictObject({ burst: name }),
  z.strictObject({ closure: z.array(name).min(1) }),
  z.strictObject({ baseline: name }),
  z.strictObject({ phases: z.literal('all') }),
  z.strictObject({ nothing: z.string().min(10) }),
]);
export type ClosedBy = z.infer<typeof closedBySchema>;

const phaseSchema = z.strictObject({
  id: phaseIdSchema,
  title: z.string().min(3).max(120),
  depends_on: z.array(phaseIdSchema),
  closed_by: closedBySchema,
});
export type Phase = z.infer<typeof phaseSchema>;

/**
 * The phases of a file, each after everything that it depends on: an id that is not there, there twice, or
 * further down does not parse, so nothing can depend on itself.
 */
export const phasePlanSchema = z
  .strictObject({ version: z.literal('v1'), phases: z.array(phaseSchema).min(1) })
  .superRefine(({ phases }, check) => {
    const before = new Set<string>();
    for (const [index, { id, depends_on, closed_by }] of phases.entries()) {
      if (before.has(id)) {
        check.addIssue({ code: 'custom', path: ['phases', index, 'id'], message: `${id} is there twice` });
      }
      for (const dependency of depends_on) {
        if (before.has(dependency)) continue;
        check.addIssue({
          code: 'custom',
          path: ['phases', index, 'depends_on'],
          message: `${dependency} is no phase above ${id}`,
        });
      }
      if ('phases' in closed_by && depends_on.length === 0) {
        check.addIssue({
          code: 'custom',
          path: ['phases', index, 'closed_by'],
          message: `${id} depends on nothing, so nothing would close it`,
        });
      }
      before.add(id);
    }
  });
export type PhasePlan = z.infer<typeof phasePlanSchema>;
