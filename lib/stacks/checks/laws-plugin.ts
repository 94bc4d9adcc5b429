import { readFileSync } from 'node:fs';
import type {
  IPolicyValidationContext,
  IPolicyValidationPlugin,
  PolicyValidationPluginReport,
} from 'aws-cdk-lib';
import { accessLaws } from './access-laws.ts';
import { networkLaws } from './network-laws.ts';
import { storageLaws } from './storage-laws.ts';
import { taskLaws } from './task-laws.ts';
import { type TemplateLaw, templateSchema } from './template.ts';
import { workflowLaws } from './workflow-laws.ts';

/** Every law that a synthesized template is held to. */
export const templateLaws: readonly TemplateLaw[] = [
  ...taskLaws,
  ...accessLaws,
  ...storageLaws,
  ...networkLaws,
  ...workflowLaws,
];

/** The laws as a checker of the CDK: a break fails the synthesis, naming law and resource. */
export class LawsPlugin implements IPolicyValidationPlugin {
  readonly name = 'Laws';
  readonly ruleIds = templateLaws.map(({ name }) => name);

  validate({ templatePaths }: IPolicyValidationContext): PolicyValidationPluginReport {
    const violations = templatePaths.flatMap((templatePath) => {
      const template = templateSchema.parse(JSON.parse(readFileSync(templatePath, 'utf8')));
      return templateLaws.flatMap(({ name, reason, check }) =>
        check(template).map(({ logicalId, message }) => ({
          ruleName: name,
          description: message,
          fix: reason,
          severity: 'error',
          violatingResources: [{ resourceLogicalId: logicalId, templatePath, locations: [] }],
        })),
      );
    });
    return { success: violations.length === 0, violations };
  }
}
