import { readdirSync, readFileSync } from 'node:fs';
import { App, Stage } from 'aws-cdk-lib';
import { parse } from 'yaml';
import { environmentSettingsSchema } from '../lib/stacks/environment-settings.ts';
import { FoundationStack } from '../lib/stacks/foundation-stack.ts';

/** The CDK app: one stage for each file in `config/environments`. It only wires. */
const folder = new URL('../config/environments/', import.meta.url);
const app = new App();
for (const file of readdirSync(folder).filter((name) => name.endsWith('.yaml'))) {
  const parsed = environmentSettingsSchema.safeParse(parse(readFileSync(new URL(file, folder), 'utf8')));
  if (!parsed.success) {
    const [issue] = parsed.error.issues;
    throw new Error(`config/environments/${file}: ${issue?.path.join('.')}: ${issue?.message}`);
  }
  const settings = parsed.data;
  const env =
    settings.account === null ? {} : { env: { account: settings.account, region: settings.region } };
  const stage = new Stage(app, settings.name, env);
  new FoundationStack(stage, 'foundation', { settings });
}
app.synth();
