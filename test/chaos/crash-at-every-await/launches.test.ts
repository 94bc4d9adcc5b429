import assert from 'node:assert/strict';
import { readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { z } from 'zod';
import { executionIdAt, laneSchema } from '../../../lib/vocabulary/identifiers.ts';
import { crashSuite, ended, executionOf, launching, quick } from '../../support/crash/crash-suite.ts';
import { createTestEnvironment } from '../../support/local-environment.ts';

const runScope = 'platform_20260221T020923Z';

const known = executionOf('known', 0);
/** The sealed bundle of the known execution. */
let bundle: string;

const { crash, asks, nothingIsLeft } = crashSuite(async () => {
  const environment = await createTestEnvironment();
  const ran = await environment.fraudctl('--json', 'task', 'run', 'probe', '--execution', known);
  assert.equal(ran.exitCode, 0, ran.stderr);
  bundle = JSON.parse(ran.stdout).bundle;
  return { environment, close: environment.close };
});

crash('task run', () => ({
  command: async (number) => [
    ...['--json', 'task', 'run', 'probe', '--execution', executionOf('crash', number)],
    ...['--run', runScope, '--params', '{"note":"crash"}', '--relaunch-wait', '1s'],
  ],
  verdict: ended,
}));

crash('task run --phase', ({ environment }) => {
  // A phase for each: how many attempts it has is then not another number of awaits each time.
  const phases = (number: number) => ['--phases', join(environment.home, `phases-${number}.yaml`)];
  return {
    command: async (number) => {
      const phase = `{ id: C.${number}, title: alive, depends_on: [], closed_by: { task: probe } }`;
      await writeFile(phases(number)[1] ?? '', `version: v1\nphases: [${phase}]\n`);
      const named = executionIdAt(laneSchema.parse(`attempt${number}`), Date.now());
      return [
        ...['--json', 'task', 'run', 'probe', '--execution', named, '--run', runScope],
        ...['--phase', `C.${number}`, ...phases(number)],
      ];
    },
    verdict: ended,
    check: async (number, moment) => {
      if (moment === 'dead') return;
      const shown = await environment.fraudctl('phase', 'show', `C.${number}`, ...phases(number));
      assert.match(shown.stdout, /CLOSED[\s\S]+attempts +1/);
    },
  };
});

crash('db migrate', () => ({
  namedByClock: true,
  command: async () => ['--json', 'db', 'migrate'],
  verdict: ended,
}));

crash('attach', ({ environment }) => ({
  command: async (number) => {
    const id = executionOf('attached', number);
    const begun = ['task', 'run', 'probe', '--execution', id, '--run', runScope, '--detach'];
    assert.equal((await environment.fraudctl(...begun)).exitCode, 0);
    return ['--json', 'attach', id];
  },
  verdict: ended,
}));

crash('stop', ({ environment }) => ({
  command: async (number) => {
    const id = executionOf('stopped', number);
    const long = ['--params', '{"linger_ms":600000}', '--deadline', '15m'];
    const begun = ['task', 'run', 'probe', '--execution', id, '--run', runScope, ...long, '--detach'];
    assert.equal((await environment.fraudctl(...begun)).exitCode, 0);
    return ['--json', 'stop', id];
  },
  verdict: ended,
}));

const answerSchema = z.object({
  samples: z.array(z.object({ result: z.object({ rows: z.array(z.unknown()), row_count: z.int() }) })),
});

crash('query', () => ({
  namedByClock: true,
  command: async () => ['--json', 'query', 'schema_status'],
  verdict: ({ exitCode, stdout }) => ({
    exitCode,
    answers: answerSchema
      .parse(JSON.parse(stdout || '{"samples":[]}'))
      .samples.map(({ result }) => result.rows),
  }),
}));

const rowsOf = (text: string) => z.object({ rows: z.array(z.unknown()).min(1) }).parse(JSON.parse(text)).rows;

crash(
  'query --out',
  ({ folder }) => {
    const answer = (number: number) => join(folder, `answer-${number}.json`);
    return {
      folders: { out: folder },
      namedByClock: true,
      command: async (number) => ['query', 'schema_status', '--format', 'json', '--out', answer(number)],
      // The answer may be there already, whole: then it is not replaced.
      verdict: ({ exitCode, stderr }) => exitCode === 0 || stderr.includes('OUT_EXISTS'),
      check: async (number, moment) => {
        const text = await readFile(answer(number), 'utf8').catch(() => undefined);
        // When it was asked is another each time, and half a file is no JSON.
        if (text !== undefined) assert.deepEqual(rowsOf(text), rowsOf(await readFile(answer(0), 'utf8')));
        if (moment === 'again') assert.notEqual(text, undefined);
      },
    };
  },
  launching,
);

crash(
  'run new',
  () => ({
    command: async () => ['--json', 'run', 'new'],
    // A scope that the one that died has recorded stays recorded, and the next one is another.
    verdict: ({ exitCode, stdout }) => ({
      exitCode,
      minted: /^platform_\d{8}T\d{6}Z$/.test(JSON.parse(stdout || '{}').run_id),
    }),
  }),
  quick,
);

crash(
  'doctor',
  () => ({
    command: async () => ['--json', 'doctor'],
    verdict: ({ exitCode, stdout }) => ({ exitCode, ok: JSON.parse(stdout || '{}').ok }),
  }),
  quick,
);

for (const command of [
  ['status'],
  ['status', known],
  ['logs', known],
  ['runs', 'list'],
  ['runs', 'show', known],
  ['task', 'list'],
  ['phase', 'status'],
  ['phase', 'show', 'M10.A'],
  ['burst', 'plans'],
  ['local', 'status'],
]) {
  asks(command.join(' '), () => command);
}
asks('evidence verify', () => ['evidence', 'verify', bundle]);

nothingIsLeft(() => []);
