import { z } from 'zod';
import { checkIds } from '../vocabulary.ts';
import type { PolicyFinding } from './policy-file.ts';

const tolerance = z.number().min(0).max(1);
const checks = z.array(z.enum(checkIds, 'S5 has no check of this name'));

/** How S5 judges. */
export const validationSchema = z.strictObject({
  version: z.literal('v1'),
  /** Rows of the keyed bottom-k sample that goes into the bundle for people to look at. */
  witness_rows: z.int().min(1).max(1_000_000),
  tolerances: z.strictObject({
    shape_sum: z.strictObject({ pass: tolerance, warn: tolerance }),
    /** Fails when both are exceeded. */
    weekly_sum: z.strictObject({ absolute: tolerance, relative: tolerance }),
    /** Weekly shapes and volumes are computed again by other code; exponentials and powers may differ in the last bit. */
    shape_recomputation: z.strictObject({ relative: tolerance }),
    local_utc_total: z.strictObject({ relative: tolerance }),
  }),
  /** Largest intensity of one bucket. */
  lambda_guardrail: z.strictObject({ warn: z.number().positive(), fail: z.number().positive() }),
  /** Checks whose FAIL (or ERROR) denies PASS. */
  blocking: checks.min(1),
  /** Checks that only report. */
  advisory: checks,
  /** Blocking checks whose WARN denies PASS as well. */
  warn_is_blocking: checks,
});
export type ValidationPolicy = z.infer<typeof validationSchema>;

export function findingsOfValidation(policy: ValidationPolicy): readonly PolicyFinding[] {
  const findings: PolicyFinding[] = [];
  const blocking = new Set(policy.blocking);
  const listed = [...policy.blocking, ...policy.advisory];
  for (const [index, id] of listed.entries()) {
    if (listed.indexOf(id) !== index)
      findings.push({ path: 'blocking', value: id, message: 'is listed twice' });
  }
  for (const id of policy.warn_is_blocking) {
    if (!blocking.has(id))
      findings.push({ path: 'warn_is_blocking', value: id, message: 'is not a blocking check' });
  }
  const { shape_sum } = policy.tolerances;
  if (shape_sum.pass > shape_sum.warn) {
    findings.push({
      path: 'tolerances.shape_sum.pass',
      value: String(shape_sum.pass),
      message: 'above warn',
    });
  }
  if (policy.lambda_guardrail.warn > policy.lambda_guardrail.fail) {
    findings.push({
      path: 'lambda_guardrail.warn',
      value: String(policy.lambda_guardrail.warn),
      message: 'above fail',
    });
  }
  return findings;
}
