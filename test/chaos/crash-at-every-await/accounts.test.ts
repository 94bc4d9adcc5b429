import assert from 'node:assert/strict';
import { readdirSync } from 'node:fs';
import { access, mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { stoppedOnPurposeTag } from '../../../config/names.ts';
import { crashSuite, quick } from '../../support/crash/crash-suite.ts';
import { environmentNamed } from '../../support/environments.ts';
import { startFakeAws } from '../../support/fake-aws.ts';
import { type FakeContainerTool, writeFakeContainerTool } from '../../support/fake-container-tool.ts';
import {
  environmentOperations,
  type FakeEnvironment,
  registryLogin,
  soundEnvironment,
} from '../../support/fake-environment.ts';
import { createTestEnvironment } from '../../support/local-environment.ts';

const settings = environmentNamed('dev-min');
const account: FakeEnvironment = soundEnvironment(settings);
const imageId = 'a1b2c3d4e5f60718'.repeat(4);
const tag = '1-a1b2c3d4e5f60718';
let tool: FakeContainerTool;

/** RDS takes its time on some days: whoever waits for it looks again after a quarter of a minute. */
let isSlow = false;

/** The account as a deploy leaves it, one for each death; they follow one another. */
function deploy(number: number, changes: Partial<FakeEnvironment> = {}): void {
  Object.assign(account, soundEnvironment(settings), changes);
  isSlow = number % 6 === 0;
}

const { crash } = crashSuite(async () => {
  const environment = await createTestEnvironment();
  const tools = await mkdtemp(join(tmpdir(), 'tools-'));
  tool = await writeFakeContainerTool(tools, imageId);
  const operations = environmentOperations(settings, account);
  const fake = await startFakeAws({
    ...Object.fromEntries(
      Object.entries(operations).map(([name, operation]) => [
        name,
        (call: Parameters<typeof operation>[0]) => {
          for (const pushed of readdirSync(tool.pushed)) account.registry?.add(pushed);
          const answer = operation(call);
          if (!isSlow) account.databaseNext.splice(0, account.databaseNext.length - 1);
          return answer;
        },
      ]),
    ),
    ...registryLogin('the-password'),
  });
  const own = { ...process.env };
  Object.assign(process.env, {
    PATH: tool.path,
    AWS_ENDPOINT_URL: fake.url,
    AWS_ACCESS_KEY_ID: 'fake',
    AWS_SECRET_ACCESS_KEY: 'fake',
    AWS_CONFIG_FILE: '/dev/null',
    AWS_SHARED_CREDENTIALS_FILE: '/dev/null',
  });
  return {
    environment,
    close: async () => {
      process.env = own;
      await fake.close();
      await rm(tools, { recursive: true });
      await environment.close();
    },
  };
});

crash(
  'image push',
  () => ({
    atOnce: 1,
    command: async (number) => {
      deploy(number);
      await rm(join(tool.pushed, tag), { force: true });
      return ['--json', '--env', settings.name, 'image', 'push', '--image', 'built'];
    },
    verdict: ({ exitCode, stdout }) => ({ exitCode, digest: JSON.parse(stdout || '{}').digest }),
    check: async (_, moment) => {
      if (moment === 'dead') return;
      assert.deepEqual(readdirSync(tool.pushed), [tag]);
      await assert.rejects(access(tool.login), { code: 'ENOENT' }, 'no password is left with the tool');
    },
  }),
  quick,
);

const databaseVerdict = ({ exitCode, stdout }: { exitCode: number | null; stdout: string }) => {
  const { status, stopped_on_purpose } = JSON.parse(stdout || '{}');
  return { exitCode, status, stopped_on_purpose };
};
/** RDS was asked once, by the one that died or by the one that followed it. */
const askedOnce = (what: string) => async (_: number, moment: 'dead' | 'again') => {
  if (moment === 'again') assert.deepEqual(account.done.filter((one) => one === what).length, 1);
};

crash(
  'db stop',
  () => ({
    atOnce: 1,
    command: async (number) => {
      deploy(number);
      return ['--json', '--env', settings.name, 'db', 'stop'];
    },
    verdict: databaseVerdict,
    check: askedOnce('StopDBInstance'),
  }),
  quick,
);

crash(
  'db start',
  () => ({
    atOnce: 1,
    command: async (number) => {
      deploy(number, { database: { status: 'stopped', tags: new Set([stoppedOnPurposeTag]) } });
      return ['--json', '--env', settings.name, 'db', 'start'];
    },
    verdict: databaseVerdict,
    check: askedOnce('StartDBInstance'),
  }),
  quick,
);
