import assert from 'node:assert/strict';
import { rmSync } from 'node:fs';
import { mkdir, mkdtemp, readdir, rename, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { after, before, test } from 'node:test';
import { pathToFileURL } from 'node:url';
import { z } from 'zod';
import { openStore } from '../../../lib/evidence/stores/open-store.ts';
import {
  type LaunchResult,
  launchResultSchema,
  markerPrefix,
  parseMarkerLine,
} from '../../../lib/runtime/result.ts';
import { runTask } from '../../../lib/runtime/run-task.ts';
import type { TaskProgram } from '../../../lib/runtime/task-program.ts';
import { defineTask } from '../../../lib/task-contracts/define-task.ts';
import { exitCodes } from '../../../lib/vocabulary/exit-codes.ts';
import { type Failure, fail } from '../../../lib/vocabulary/failure.ts';
import { startFakeS3 } from '../../fakes/s3/fake-s3.ts';
import { s3Variables } from '../../support/s3-environment.ts';

/** Needs nothing but a store and a scratch folder. */
const contract = defineTask({
  name: 'bare',
  purpose: 'Shows what the runtime does about a program.',
  parameters: z.strictObject({}),
  settings: {},
  secrets: {},
  evidence: { reads: [], writes: [] },
  lake: { reads: [], writes: [] },
  actions: ['s3:GetObject', 's3:PutObject'],
  size: { cpu: 256, memoryMiB: 512, ephemeralDiskGiB: 21 },
  deadline: { default: 60_000, maximum: 60_000 },
  stopGrace: 1_000,
});

let root: string;
before(async () => {
  root = await mkdtemp(join(tmpdir(), 'run-task-'));
});
after(() => rm(root, { recursive: true }));

type Launched = {
  readonly exitCode: number;
  readonly lines: readonly string[];
  readonly result: LaunchResult | undefined;
  readonly scratch: string;
};

/** Launches a program; `onEvent` is told of each event of its log before the runtime goes on. */
async function launch(
  program: TaskProgram<typeof contract>,
  change: Readonly<Record<string, string>> = {},
  onEvent: (event: string, scratch: string) => void = () => undefined,
): Promise<Launched> {
  const folder = await mkdtemp(join(root, 'launch-'));
  const scratch = join(folder, 'scratch');
  await mkdir(scratch);
  const store = `${pathToFileURL(join(folder, 'evidence')).href}/`;
  const lines: string[] = [];
  const exitCode = await runTask(contract, program, {
    environment: {
      ENVIRONMENT: 'local',
      EVIDENCE_STORE: store,
      IMAGE_DIGEST: 'local',
      TMPDIR: scratch,
      EXECUTION_ID: 'bare_20260221T020923Z',
      LAUNCH_KEY: 'bare_20260221T020923Z/Run/0',
      LAUNCHED_FOR: 'local',
      RUN_ID: 'platform_20260221T020923Z',
      DEADLINE: new Date(Date.now() + 30_000).toISOString(),
      PARAMETERS: '{}',
      ...change,
    },
    now: () => Date.now(),
    writeLine: (line) => {
      lines.push(line);
      if (line.startsWith('{')) onEvent(JSON.parse(line).event, scratch);
    },
    onTerminate: () => undefined,
  });
  const marker = parseMarkerLine(lines.at(-1) ?? '');
  const bytes = marker === undefined ? undefined : await openStore(store).get(marker.key);
  const result =
    bytes === undefined ? undefined : launchResultSchema.parse(JSON.parse(Buffer.from(bytes).toString()));
  return { exitCode, lines, result, scratch };
}

test('a store that never answers at the start does not hold a launch beyond its deadline', async () => {
  const silent = await startFakeS3({ buckets: [{ name: 'evidence-bucket' }], schedule: () => 'silent' });
  Object.assign(process.env, s3Variables(silent));
  try {
    const begun = performance.now();
    const { exitCode, lines } = await launch(async () => assert.fail('it must not run'), {
      EVIDENCE_STORE: 's3://evidence-bucket/evidence/',
      DEADLINE: new Date(Date.now() + 1_500).toISOString(),
    });
    assert.equal(exitCode, exitCodes.deadline);
    const { event, reason } = JSON.parse(lines.at(-1) ?? '{}');
    assert.deepEqual([event, reason], ['stopped-before-start', 'deadline']);
    assert.ok(performance.now() - begun < 10_000);
  } finally {
    await silent.close();
  }
});

test('a launch whose deadline has passed is refused, with all else that it lacks', async () => {
  const { exitCode, lines } = await launch(async () => assert.fail('it must not run'), {
    DEADLINE: '2026-01-01T00:00:00.000Z',
    PARAMETERS: '',
  });
  assert.equal(exitCode, exitCodes.refused);
  const { refusals } = JSON.parse(lines.at(-1) ?? '{}');
  assert.deepEqual(
    refusals.map(({ code }: Failure) => code),
    ['DEADLINE_PASSED', 'PARAMETERS_MISSING'],
  );
});

const interrupted = () =>
  fail({ exit: 'transient', code: 'INTERRUPTED', message: 'interrupted', remedy: 'Again.' });

test('what a program left in its scratch folder is taken away', async () => {
  const { exitCode, result, scratch } = await launch(async (context) => {
    await writeFile(join(context.scratch, 'left'), '');
    return { output: { left: 1 } };
  });
  assert.equal(exitCode, exitCodes.done);
  assert.deepEqual(result?.output, { left: 1 });
  assert.deepEqual(await readdir(scratch), []);
});

test('a scratch folder that cannot be taken away changes nothing about how the launch ended', async () => {
  const { exitCode, result } = await launch(async (context) => {
    const volume = dirname(context.scratch);
    await rename(volume, `${volume}-moved`);
    // Below a file there is nothing that could be removed, and not even nothing.
    await writeFile(volume, '');
    return interrupted();
  });
  assert.equal(exitCode, exitCodes.transient);
  assert.deepEqual([result?.exit_code, result?.failure?.code], [exitCodes.transient, 'INTERRUPTED']);
});

test('a scratch folder that cannot be made is a failure that may be tried again, with its result', async () => {
  const { exitCode, result } = await launch(
    async () => assert.fail('it has no folder to work in'),
    {},
    (event, scratch) => event === 'started' && rmSync(scratch, { recursive: true }),
  );
  assert.equal(exitCode, exitCodes.transient);
  assert.deepEqual([result?.exit_code, result?.failure?.code], [exitCodes.transient, 'SCRATCH_NOT_MADE']);
});

test('a line whose key is half a character is no marker: no evidence could hold it', () => {
  const line = (key: string) =>
    `${markerPrefix}{"schema":"fraud-platform/launch-result/v1","key":"${key}","sha256":"${'a'.repeat(64)}"}`;
  assert.equal(parseMarkerLine(line('k'))?.key, 'k');
  assert.equal(parseMarkerLine(line('\\ud800')), undefined);
});
