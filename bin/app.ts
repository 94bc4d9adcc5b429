import { join } from 'node:path';
import { loadEnvironments } from '../lib/stacks/environment/load-environment.ts';
import { EnvironmentStage } from '../lib/stacks/environment-stage.ts';
import { createPlatformApp } from '../lib/stacks/platform-app.ts';

/** The CDK app: one stage for each file in `config/environments`. It only wires. */
const app = createPlatformApp();
for (const settings of loadEnvironments(join(import.meta.dirname, '..', 'config', 'environments'))) {
  new EnvironmentStage(app, settings);
}
app.synth();
