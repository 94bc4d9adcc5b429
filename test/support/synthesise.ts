import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { type App, Stack } from 'aws-cdk-lib';
import { Template as AssertedTemplate } from 'aws-cdk-lib/assertions';
import { type Template, templateSchema } from '../../lib/stacks/checks/template.ts';
import type { EnvironmentSettings } from '../../lib/stacks/environment/environment-settings.ts';
import { EnvironmentStage } from '../../lib/stacks/environment-stage.ts';
import { createPlatformApp } from '../../lib/stacks/platform-app.ts';

/** An app without the built-in validator, whose assembly is gone afterwards. */
export function withApp<T>(use: (app: App) => T): T {
  const outdir = mkdtempSync(join(tmpdir(), 'assembly-'));
  try {
    return use(createPlatformApp({ outdir, builtinCloudFormationValidation: false }));
  } finally {
    rmSync(outdir, { recursive: true });
  }
}

/** The stacks of an environment by name (`foundation`, `network`, …), with their dependencies known. */
export function withStacks<T>(
  settings: EnvironmentSettings,
  use: (stacks: ReadonlyMap<string, Stack>) => T,
): T {
  return withApp((app) => {
    const stage = new EnvironmentStage(app, settings);
    stage.synth();
    return use(
      new Map(
        stage.node.children.flatMap((child) =>
          Stack.isStack(child) ? [[child.node.id, child] as const] : [],
        ),
      ),
    );
  });
}

const known = new WeakMap<EnvironmentSettings, ReadonlyMap<string, Template>>();

/** Templates of an environment by stack; made once for the same settings object. */
export function synthesise(settings: EnvironmentSettings): ReadonlyMap<string, Template> {
  const templates =
    known.get(settings) ??
    withStacks(
      settings,
      (stacks) =>
        new Map(
          [...stacks].map(([name, stack]) => [
            name,
            templateSchema.parse(AssertedTemplate.fromStack(stack).toJSON()),
          ]),
        ),
    );
  known.set(settings, templates);
  return templates;
}
