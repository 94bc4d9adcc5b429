import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { loadEnvironments } from '../lib/stacks/environment/load-environment.ts';
import { EnvironmentStage } from '../lib/stacks/environment-stage.ts';
import { createPlatformApp } from '../lib/stacks/platform-app.ts';
import { writeBaseline } from './synth/baseline-files.ts';
import { readAssembly } from './synth/read-assembly.ts';

/**
 * Makes the present templates the baseline that later permissions are compared with: at a release, and
 * when a broader permission is meant. Review the difference before it is committed.
 */
const outdir = mkdtempSync(join(tmpdir(), 'baseline-'));
try {
  const app = createPlatformApp({ outdir, builtinCloudFormationValidation: false });
  const environments = loadEnvironments(join(import.meta.dirname, '..', 'config', 'environments'));
  for (const settings of environments) new EnvironmentStage(app, settings);
  app.synth();
  const { templates } = readAssembly(outdir);
  for (const { name } of environments) {
    const own = [...templates].flatMap(([path, template]) => {
      const [environment, stack = ''] = path.split('/');
      return environment === name ? [[stack, template] as const] : [];
    });
    writeBaseline(name, new Map(own));
  }
  console.log(`baseline: ${templates.size} templates`);
} finally {
  rmSync(outdir, { recursive: true });
}
