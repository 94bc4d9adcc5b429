import { join } from 'node:path';
import { writeBaseline } from './synth/baseline-files.ts';
import { readAssembly } from './synth/read-assembly.ts';

/**
 * Makes what `cdk synth` left in `cdk.out` the new baseline, which later permissions are compared with:
 * at a release, and when a broader permission is meant. Review the difference before it is committed.
 */
const templates = readAssembly(join(import.meta.dirname, '..', 'cdk.out'));
for (const environment of new Set([...templates.keys()].map((path) => path.split('/')[0] ?? ''))) {
  const own = [...templates].filter(([path]) => path.startsWith(`${environment}/`));
  writeBaseline(environment, new Map(own.map(([path, template]) => [path.split('/')[1] ?? '', template])));
}
console.log(`baseline: ${templates.size} templates`);
