import { join } from 'node:path';
import { AwsSolutionsChecks } from 'cdk-nag';
import { DerivedValues, derivedValuesFolder } from '../lib/files/derived-values.ts';
import { AcknowledgedChecks } from '../lib/stacks/checks/acknowledged-checks.ts';
import { acknowledgements } from '../lib/stacks/checks/acknowledgements.ts';
import { LawsPlugin } from '../lib/stacks/checks/laws-plugin.ts';
import { RememberedValidation } from '../lib/stacks/checks/remembered-validation.ts';
import { loadEnvironments } from '../lib/stacks/environment/load-environment.ts';
import { EnvironmentStage } from '../lib/stacks/environment-stage.ts';
import { createPlatformApp } from '../lib/stacks/platform-app.ts';
import { isPlatformError } from '../lib/vocabulary/failure.ts';

/** The CDK app: one stage for each file in `config/environments`. It only wires. */
try {
  const app = createPlatformApp({}, (root) => [
    new RememberedValidation(new DerivedValues(derivedValuesFolder)),
    new AcknowledgedChecks(new AwsSolutionsChecks(root), acknowledgements),
    new LawsPlugin(),
  ]);
  for (const settings of loadEnvironments(join(import.meta.dirname, '..', 'config', 'environments'))) {
    new EnvironmentStage(app, settings);
  }
  app.synth();
} catch (error) {
  // What a user can correct is said without a stack trace.
  if (!isPlatformError(error)) throw error;
  process.stderr.write(`${error.failure.message}\n${error.failure.remedy}\n`);
  process.exitCode = error.exitCode;
}
