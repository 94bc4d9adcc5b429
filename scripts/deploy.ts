import { spawnSync } from 'node:child_process';
import { join } from 'node:path';
import { planDeploy } from './deploy/plan-deploy.ts';

/** `npm run deploy -- --env <name>`: the doctor's looks first, then the CDK. Ends as the first that does not end well. */
const root = join(import.meta.dirname, '..');
const usage = `npm run deploy -- --env <name> [--stack <stack> …] [--yes]
npm run deploy -- --env <name> --destroy [--yes]

Refused while anything runs. --yes asks for no approval: for machines.`;

const plan = planDeploy(process.argv.slice(2));
if (plan.kind === 'usage') {
  process.stderr.write(`deploy: ${plan.message}\n\n${usage}\n`);
  process.exitCode = 64;
} else {
  const steps = [
    ...(plan.doctor.length === 0 ? [] : [[process.execPath, join(root, 'bin/fraudctl.mjs'), ...plan.doctor]]),
    ...plan.cdk.map((words) => [join(root, 'node_modules/.bin/cdk'), ...words]),
  ];
  for (const [program = '', ...words] of steps) {
    const { status } = spawnSync(program, words, {
      cwd: root,
      stdio: 'inherit',
      env: { ...process.env, CDK_DISABLE_CLI_TELEMETRY: 'true' },
    });
    process.exitCode = status ?? 70;
    if (status === 0) continue;
    if (words[0] === 'deploy') {
      process.stderr.write(
        'deploy: a first deploy that broke off may need a protection lifted before it is repeated: docs/operations.md, Deploy\n',
      );
    }
    break;
  }
}
