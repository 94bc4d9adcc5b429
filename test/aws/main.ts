import { spawnSync } from 'node:child_process';
import { join } from 'node:path';
import { findProgram } from './find-program.ts';

/** `npm run test:aws`: what an emulation of AWS and a second linter can say, where they are on the PATH. */
const tests = [
  { program: 'moto_server', file: 'test/aws/environment.test.ts', what: 'no stack was deployed anywhere' },
  { program: 'moto_server', file: 'test/aws/evidence-store.test.ts', what: 'no evidence was put there' },
  { program: 'cfn-lint', file: 'test/aws/cfn-lint.test.ts', what: 'no template got a second opinion' },
];
const files = tests.flatMap(({ program, file, what }) => {
  if (findProgram(program) !== undefined) return [file];
  process.stdout.write(`test:aws: there is no ${program} on the PATH, so ${what}.\n`);
  return [];
});
if (files.length > 0) {
  const runner = join(import.meta.dirname, '..', '..', 'scripts', 'test.ts');
  process.exitCode = spawnSync(process.execPath, [runner, 'aws', ...files], { stdio: 'inherit' }).status ?? 1;
}
