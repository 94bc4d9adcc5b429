import { z } from 'zod';
import { checkersRecordSchema } from '../../lib/stacks/checks/checkers-record.ts';
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

/** Names of the checkers that every template must have been given to. */
const checkerNames = ['CloudFormation Validate', 'AwsSolutions', 'Laws'] as const;

export type SynthesisFacts = {
  /** By `environment/stack`. */
  readonly templates: ReadonlyMap<string, Template>;
  readonly expectedStacks: readonly string[];
  /** Content of `validation-report.json`; `undefined` when there is none. */
  readonly report: unknown;
  /** Content of `checkers.json`; `undefined` when there is none. */
  readonly checkers: unknown;
  /** SHA-256 of each template's file, by its path in the assembly. */
  readonly files: ReadonlyMap<string, string>;
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
  checkers,
  files,
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
  faults.push(...checkersThatDidNotRun(checkers, files));
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

function checkersThatDidNotRun(word: unknown, files: ReadonlyMap<string, string>): readonly string[] {
  const record = checkersRecordSchema.safeParse(word).data;
  if (record === undefined) return ['no checker left word that it ran'];
  return checkerNames.flatMap((name) => {
    const given = record[name];
    if (given === undefined) return [`${name} did not run`];
    const missed = [...files].filter(([file, sha256]) => given[file] !== sha256).map(([file]) => file);
    return missed.length === 0 ? [] : [`${name} was not given ${missed.join(', ')} as written`];
  });
}
