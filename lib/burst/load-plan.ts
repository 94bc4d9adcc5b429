import { readdir, readFile } from 'node:fs/promises';
import { basename, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { parseDocument } from 'yaml';
import type { z } from 'zod';
import { errorCodeOf, fail, messageOf } from '../vocabulary/failure.ts';
import type { Sha256 } from '../vocabulary/identifiers.ts';
import { didYouMean } from '../vocabulary/nearest-names.ts';
import { budgetPolicySchema, judgePlan } from './budget-policy.ts';
import { type BurstPlan, burstPlanSchema, planDigest } from './plan.ts';

const shippedPlans = fileURLToPath(new URL('../../config/bursts', import.meta.url));
const shippedPolicy = join(shippedPlans, 'policy', 'budget.yaml');

export type LoadedPlan = { readonly plan: BurstPlan; readonly sha256: Sha256; readonly path: string };

/**
 * A plan by its name in `config/bursts`, or by the path of a file that ends in `.yaml`, held to the budget
 * policy. Throws `PLAN_UNKNOWN` (64), `PLAN_INVALID` (65) naming file, field and value, and
 * `PLAN_OUTSIDE_POLICY` (65) with every reason.
 */
export async function loadBurstPlan(nameOrPath: string): Promise<LoadedPlan> {
  const named = !nameOrPath.endsWith('.yaml');
  const path = named ? join(shippedPlans, `${nameOrPath}.yaml`) : nameOrPath;
  const plan = await readDocument(path, burstPlanSchema, nameOrPath);
  if (plan.name !== basename(path, '.yaml')) {
    refusePlan(path, 'name', plan.name, 'the name of a plan is the name of its file');
  }
  const reasons = judgePlan(plan, await readDocument(shippedPolicy, budgetPolicySchema, shippedPolicy));
  if (reasons.length > 0) {
    fail({
      exit: 'data',
      code: 'PLAN_OUTSIDE_POLICY',
      message: reasons.join('; '),
      where: path,
      remedy: `Keep the plan within ${shippedPolicy}.`,
    });
  }
  return { plan, sha256: planDigest(plan), path };
}

/** Names of the plans that come with this version. */
export async function shippedPlanNames(): Promise<readonly string[]> {
  const names = await readdir(shippedPlans);
  return names.filter((name) => name.endsWith('.yaml')).map((name) => basename(name, '.yaml'));
}

async function readDocument<Schema extends z.ZodType>(
  path: string,
  schema: Schema,
  given: string,
): Promise<z.infer<Schema>> {
  const text = await readFile(path, 'utf8').catch(async (error: unknown) => {
    const known = await shippedPlanNames();
    return fail(
      {
        exit: 'usage',
        code: 'PLAN_UNKNOWN',
        message:
          errorCodeOf(error) === 'ENOENT'
            ? 'there is no such plan'
            : `the plan cannot be read: ${messageOf(error)}`,
        where: path,
        value: given,
        remedy: `${didYouMean(given, known)}Give one of ${known.join(', ')}, or the path of a file that ends in .yaml.`,
      },
      error,
    );
  });
  const document = parseDocument(text, { strict: true, uniqueKeys: true, version: '1.2' });
  const problem = document.errors[0] ?? document.warnings[0];
  if (problem !== undefined) refusePlan(path, '', undefined, problem.message);
  const parsed = schema.safeParse(document.toJS());
  if (parsed.success) return parsed.data;
  const [issue] = parsed.error.issues;
  const value = document.getIn(issue?.path ?? []);
  return refusePlan(
    path,
    (issue?.path ?? []).map(String).join('.'),
    ['string', 'number', 'boolean'].includes(typeof value) ? String(value) : undefined,
    issue?.message ?? 'not a plan',
  );
}

function refusePlan(path: string, field: string, value: string | undefined, message: string): never {
  return fail({
    exit: 'data',
    code: 'PLAN_INVALID',
    message,
    where: field === '' ? path : `${path}: ${field}`,
    ...(value === undefined ? {} : { value }),
    remedy: 'Correct the field; lib/burst/plan.ts says what each one means.',
  });
}
