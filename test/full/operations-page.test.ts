import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { after, before, test } from 'node:test';
import { productVersion } from '../../config/product-version.ts';
import {
  type AwsEnvironment,
  awsAccount,
  awsName,
  createAwsEnvironment,
} from '../support/aws-environment.ts';
import { commandsOf } from '../support/docs.ts';
import { environmentNamed } from '../support/environments.ts';
import { type FakeAws, startFakeAws } from '../support/fake-aws.ts';
import {
  environmentOperations,
  type FakeEnvironment,
  fakeDigest,
  registryLogin,
  soundEnvironment,
} from '../support/fake-environment.ts';
import { type Finished, finished } from '../support/local-environment.ts';
import { createRecordingDocker } from '../support/recording-docker.ts';
import { simpleCommands } from '../support/shell-words.ts';

const root = join(import.meta.dirname, '..', '..');
const settings = environmentNamed(awsName);
const environment: FakeEnvironment = soundEnvironment(settings);
const docker = createRecordingDocker(productVersion);
let aws: AwsEnvironment;
let account: FakeAws;
before(async () => {
  environment.account = awsAccount;
  aws = await createAwsEnvironment();
  account = await startFakeAws({
    ...environmentOperations(settings, environment),
    ...registryLogin('a-password', awsAccount),
    // A push is what makes an image known.
    'AmazonEC2ContainerRegistry_V20150921.DescribeImages': () =>
      docker.asked().some(([verb]) => verb === 'push')
        ? { body: { imageDetails: [{ imageDigest: fakeDigest }] } }
        : { status: 400, body: { __type: 'ImageNotFoundException', message: 'no such image' } },
  });
});
after(async () => {
  docker.remove();
  await account.close();
  await aws.close();
});

type Run = (words: readonly string[]) => Promise<Finished>;

/** Runs a program to its end, beside the servers of this process. */
const ended = (program: string, parameters: readonly string[], variables: NodeJS.ProcessEnv) =>
  finished(spawn(program, parameters, { cwd: root, env: variables, stdio: ['ignore', 'pipe', 'pipe'] }));

/** The services that the account itself answers for; the rest is the environment's wire, and its S3. */
const ofAccount = () => ({
  ...Object.fromEntries(
    ['', '_STS', '_SFN', '_ECS', '_CLOUDWATCH_LOGS', '_SSM'].map((service) => [
      `AWS_ENDPOINT_URL${service}`,
      account.url,
    ]),
  ),
  PATH: `${docker.folder}:${process.env.PATH}`,
});

/** What the words of a placeholder stand for: the last thing of its kind that was printed. */
const known = new Map<string, string>();
const placeholders = {
  execution: /\bburst_\d{8}T\d{6}Z/g,
  'segment run': /(?<!\btask )\b[0-9a-f]{32}\b/g,
} as const;
const filled = (word: string) =>
  word.replaceAll(/<(?<kind>[a-z ]+)>/g, (whole, kind: string) => known.get(kind) ?? whole);

const withoutEnvironment = (words: readonly string[]) =>
  words.slice(2).filter((word, index, all) => word !== '--env' && all[index - 1] !== '--env');

/** On the environment of AWS on loopback: real tasks, the wire of the local cloud, a strict S3. */
const onLoopback: Run = (words) => aws.fraudctl(...withoutEnvironment(words).map(filled));
/** On an account that is a fake of its services, with the S3 of the environment. */
const inAccount: Run = (words) => aws.fraudctlWith(ofAccount(), ...withoutEnvironment(words));
/** In this clone, with nothing of an account. */
const inClone: Run = ([, program = '', ...words]) =>
  ended(join(root, 'node_modules', '.bin', program), words, { PATH: process.env.PATH });
const withDocker: Run = (words) => {
  const base = words[words.indexOf('--base') + 1] ?? '';
  const parameters = ['--base', base, '--authorities', join(aws.home, 'postgres', 'authority.pem')];
  return ended(process.execPath, [join(root, 'scripts/image/main.ts'), ...parameters], {
    PATH: `${docker.folder}:/bin`,
  });
};
/** The deploy itself needs CloudFormation; that it is refused while something runs does not. */
const refusedWhileBusy: Run = async (words) => {
  environment.executions = ['burst_20260221T060431Z'];
  try {
    const parameters = words.slice(words.indexOf('--') + 1);
    const deployed = await ended(process.execPath, [join(root, 'scripts/deploy.ts'), ...parameters], {
      ...process.env,
      ...aws.variables,
      ...ofAccount(),
    });
    assert.match(deployed.stdout, /running +busy +running executions: burst_20260221T060431Z/);
    assert.ok([75, 78].includes(deployed.exitCode ?? 0), String(deployed.exitCode));
    return { ...deployed, exitCode: 0 };
  } finally {
    environment.executions = [];
  }
};
/** How each command of the page is run here, or why it is not. */
const ways: readonly (readonly [pattern: RegExp, way: Run | string])[] = [
  [/^npx cdk ls$/, inClone],
  [/^npm run deploy .*--stack foundation$/, 'CloudFormation alone; npm run test:aws deploys its templates'],
  [/^npm run deploy /, refusedWhileBusy],
  [/^npm run image /, withDocker],
  [/^npx fraudctl image push /, inAccount],
  [/^npx fraudctl doctor /, inAccount],
  [/^npx fraudctl db (?:stop|start) /, inAccount],
  [/^npx fraudctl burst run m10f-burst /, 'twenty minutes of load; the rehearsal goes the same way'],
  [/^npx fraudctl /, onLoopback],
  [/^npm run test:(?:image|aws)$/, 'suites of their own'],
];

test('every command of the page is run here, or it is said why not', {
  timeout: 900_000,
}, async (context) => {
  const page = readFileSync(join(root, 'docs', 'operations.md'), 'utf8');
  let count = 0;
  for (const { line, isMention } of commandsOf(page)) {
    if (isMention) continue;
    // A placeholder would be a redirection to a shell.
    const quoted = line.replaceAll(/(?<word>[^\s']*<[a-zA-Z ]+>[^\s']*)/g, "'$<word>'");
    const [words = []] = simpleCommands(quoted);
    const [, way] = ways.find(([pattern]) => pattern.test(words.join(' '))) ?? [];
    assert.ok(way !== undefined, `nobody knows how to run ${line}`);
    if (typeof way === 'string') {
      context.diagnostic(`not run: ${words.join(' ')}: ${way}`);
      continue;
    }
    const { exitCode, stdout, stderr } = await way(words);
    assert.equal(exitCode, 0, `${line}\n${stdout}${stderr}`);
    for (const [kind, pattern] of Object.entries(placeholders)) {
      const last = [...`${stderr}\n${stdout}`.matchAll(pattern)].at(-1)?.[0];
      if (last !== undefined) known.set(kind, last);
    }
    count += 1;
  }
  assert.equal(count, 18);
  assert.deepEqual(
    environment.done.filter((what) => what.endsWith('DBInstance')),
    ['StopDBInstance', 'StartDBInstance'],
  );
  assert.deepEqual(
    docker.asked().map(([verb]) => verb),
    ['build', 'image', 'login', 'tag', 'push', 'logout'],
  );
});
