import { Stack } from 'aws-cdk-lib';
import { Template as AssertedTemplate } from 'aws-cdk-lib/assertions';
import { type Template, templateSchema } from '../../lib/stacks/checks/template.ts';
import type { EnvironmentSettings } from '../../lib/stacks/environment/environment-settings.ts';
import { EnvironmentStage } from '../../lib/stacks/environment-stage.ts';
import { createPlatformApp } from '../../lib/stacks/platform-app.ts';

/** Templates of an environment by stack (`foundation`, `network`, …), without the validators. */
export function synthesise(settings: EnvironmentSettings): ReadonlyMap<string, Template> {
  const app = createPlatformApp({ builtinCloudFormationValidation: false });
  const stage = new EnvironmentStage(app, settings);
  return new Map(
    stage.node.children.flatMap((child) =>
      Stack.isStack(child)
        ? [[child.node.id, templateSchema.parse(AssertedTemplate.fromStack(child).toJSON())] as const]
        : [],
    ),
  );
}
