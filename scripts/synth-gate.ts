import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { checkersRecordFile } from '../lib/stacks/checks/checkers-record.ts';
import { loadEnvironments } from '../lib/stacks/environment/load-environment.ts';
import { stacksInOrder } from './deploy/plan-deploy.ts';
import { readBaseline } from './synth/baseline-files.ts';
import { judgeSynthesis } from './synth/judge-assembly.ts';
import { readAssembly } from './synth/read-assembly.ts';

/** Judges what `cdk synth` left in `cdk.out`; run after it. Exits 1 and says every fault. */
const root = join(import.meta.dirname, '..');
const assembly = process.argv[2] ?? join(root, 'cdk.out');
const reportFile = join(assembly, 'validation-report.json');
const { templates, files } = readAssembly(assembly);
const readWhereThere = (file: string): unknown =>
  existsSync(file) ? JSON.parse(readFileSync(file, 'utf8')) : undefined;
const faults = judgeSynthesis({
  templates,
  expectedStacks: loadEnvironments(join(root, 'config', 'environments')).flatMap(({ name }) =>
    stacksInOrder.map((stack) => `${name}/${stack}`),
  ),
  report: readWhereThere(reportFile),
  checkers: readWhereThere(checkersRecordFile(assembly)),
  files,
  baseline: readBaseline,
});
for (const fault of faults) console.error(`synth: ${fault}`);
if (faults.some((fault) => / allows | no longer denies /.test(fault))) {
  console.error('synth: permissions grew; when each is meant, run node scripts/synth-baseline.ts and commit');
}
console.log(`synth: ${templates.size} templates, ${faults.length} faults`);
process.exitCode = faults.length === 0 ? 0 : 1;
