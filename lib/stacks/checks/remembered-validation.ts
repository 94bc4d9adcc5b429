import { readFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { dirname, join } from 'node:path';
import {
  CloudFormationValidatePlugin,
  type IPolicyValidationContext,
  type PolicyValidationPluginReport,
  type PolicyViolation,
} from 'aws-cdk-lib';
import { z } from 'zod';
import { sha256Of } from '../../evidence/format/digest.ts';
import type { DerivedValues } from '../../files/derived-values.ts';

const violationSchema = z.strictObject({
  ruleName: z.string(),
  description: z.string(),
  severity: z.string().exactOptional(),
  fix: z.string().exactOptional(),
  ruleMetadata: z.record(z.string(), z.string()).exactOptional(),
  violatingResources: z.array(
    z.strictObject({
      resourceLogicalId: z.string().exactOptional(),
      constructPath: z.string().exactOptional(),
      templatePath: z.string().exactOptional(),
      locations: z.array(z.string()),
    }),
  ),
});
const keptSchema = z.strictObject({ key: z.string(), violations: z.array(violationSchema) });

type StackTemplate = IPolicyValidationContext['stackTemplates'][number];

/**
 * The built-in validator, which is not asked again about a template that it has judged before. Its verdict is
 * a function of the template, of the account and region it is for, and of its own program; a change of
 * any of them is another key, and is judged. Only what it said is kept, findings like none.
 */
export class RememberedValidation extends CloudFormationValidatePlugin {
  readonly #kept: DerivedValues;
  readonly #engine = describeEngine();
  #judged = 0;

  constructor(kept: DerivedValues) {
    super();
    this.#kept = kept;
  }

  /** How many templates were judged rather than remembered. */
  get judged(): number {
    return this.#judged;
  }

  /** The engine would be loaded to be asked for it. */
  override get version(): string {
    return this.#engine.version;
  }

  override get ruleIds(): string[] {
    return [this.#engine.version];
  }

  override validate(context: IPolicyValidationContext): PolicyValidationPluginReport {
    const keys = new Map(context.stackTemplates.map((stack) => [stack, this.#keyOf(stack)]));
    const verdicts = new Map<StackTemplate, readonly PolicyViolation[]>();
    for (const [stack, key] of keys) {
      const kept = keptSchema.safeParse(this.#kept.recall(nameOf(stack))).data;
      if (kept?.key === key)
        verdicts.set(
          stack,
          kept.violations.map((one) => locate(one, stack.templatePath)),
        );
    }
    const unknown = context.stackTemplates.filter((stack) => !verdicts.has(stack));
    if (unknown.length > 0) {
      const templatePaths = unknown.map(({ templatePath }) => templatePath);
      const { violations } = super.validate({ ...context, templatePaths, stackTemplates: unknown });
      this.#judged += unknown.length;
      for (const stack of unknown) {
        const own = violationsOf(violations, stack.templatePath);
        verdicts.set(stack, own);
        this.#kept.keep(nameOf(stack), {
          key: keys.get(stack),
          violations: own.map((one) => locate(one, undefined)),
        });
      }
    }
    const violations = context.stackTemplates.flatMap((stack) => verdicts.get(stack) ?? []);
    return { success: violations.every(({ severity }) => !isError(severity)), violations };
  }

  #keyOf({ templatePath, stackConstructPath, accountId, region }: StackTemplate): string {
    const template = sha256Of(readFileSync(templatePath));
    const parts = [this.#engine, template, stackConstructPath, accountId ?? null, region ?? null];
    return sha256Of(JSON.stringify(parts));
  }
}

const nameOf = ({ stackConstructPath }: StackTemplate) => `validation-${stackConstructPath}`;
const isError = (severity: string | undefined) => severity === 'error' || severity === 'fatal';

/** The findings in one template; the validator puts the same finding of several templates together. */
function violationsOf(violations: readonly PolicyViolation[], path: string): readonly PolicyViolation[] {
  return violations.flatMap((violation) => {
    const violatingResources = violation.violatingResources.filter(
      ({ templatePath }) => templatePath === path,
    );
    return violatingResources.length === 0 ? [] : [{ ...violation, violatingResources }];
  });
}

/** A finding in a template of another folder, or, to be kept, of none. */
function locate(violation: PolicyViolation, path: string | undefined): PolicyViolation {
  return {
    ...violation,
    violatingResources: violation.violatingResources.map(({ templatePath: _, ...resource }) =>
      path === undefined ? resource : { ...resource, templatePath: path },
    ),
  };
}

/** The validator's own program, by its bytes, and the library that asks it. */
function describeEngine(): { readonly version: string; readonly library: string; readonly sha256: string } {
  const { resolve } = createRequire(import.meta.url);
  const library = resolve('aws-cdk-lib/package.json');
  const engine = dirname(
    createRequire(library).resolve('@aws/cloudformation-validate', { paths: [dirname(library)] }),
  );
  const versionOf = (path: string) =>
    z.object({ version: z.string() }).parse(JSON.parse(readFileSync(path, 'utf8'))).version;
  return {
    version: versionOf(join(engine, 'package.json')),
    library: versionOf(library),
    sha256: sha256Of(readFileSync(join(engine, 'bindings_wasm_bg.wasm'))),
  };
}
