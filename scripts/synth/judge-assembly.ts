import { z } from 'zod';
import { templateLaws } from '../../lib/stacks/checks/laws-plugin.ts';
import { broadened } from '../../lib/stacks/checks/permissions.ts';
import type { Template } from '../../lib/stacks/checks/template.ts';

const reportSchema = z.object({
  pluginReports: z.array(
    z.looseObject({
      pluginName: z.string(),
      conclusion: z.string(),
      violations: z
        .array(
          z.looseObject({ ruleName: z.string(), description: z.string(), severity: z.string().optional() }),
        )
        .default([]),
    }),
  ),
});

export type SynthesisFacts = {
  /** By `environment/stack`. */
  readonly templates: ReadonlyMap<string, Template>;
  readonly expectedStacks: readonly string[];
  /** Content of `validation-report.json`; `undefined` when there is none. */
  readonly report: unknown;
  readonly baseline: (environment: string, stack: string) => Template;
};

/**
 * What is wrong with a synthesis, one sentence each; empty means nothing. Pure. It trusts no exit code:
 * a report that is missing, a stack that is missing, a checker that did not run are faults of their own.
 */
export function judgeSynthesis({
  templates,
  expectedStacks,
  report,
  baseline,
}: SynthesisFacts): readonly string[] {
  const faults: string[] = [];
  const parsed = reportSchema.safeParse(report);
  if (!parsed.success) faults.push('the validation report is missing or unreadable');
  for (const { pluginName, conclusion, violations } of parsed.data?.pluginReports ?? []) {
    if (conclusion !== 'success') faults.push(`${pluginName} ended with ${conclusion}`);
    for (const { ruleName, description } of violations)
      faults.push(`${pluginName}: ${ruleName}: ${description}`);
  }
  for (const stack of expectedStacks) {
    if (!templates.has(stack)) faults.push(`${stack} was not synthesized`);
  }
  for (const [path, template] of templates) {
    const [environment = '', stack = ''] = path.split('/');
    for (const { name, check } of templateLaws) {
      for (const { logicalId, message } of check(template))
        faults.push(`${path}: ${name}: ${logicalId}: ${message}`);
    }
    for (const sentence of broadened(baseline(environment, stack), template)) {
      faults.push(`${path}: ${sentence}`);
    }
  }
  return faults;
}
