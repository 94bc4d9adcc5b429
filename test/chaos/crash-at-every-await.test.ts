import assert from 'node:assert/strict';
import { mkdir, mkdtemp, readdir, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, test } from 'node:test';
import { z } from 'zod';
import { runScopedPrefix } from '../../config/names.ts';
import { snapshotName } from '../../lib/gates/burst/snapshot.ts';
import { baselineFolder } from '../../lib/operator/closure-gates.ts';
import { executionIdSchema, runIdSchema } from '../../lib/vocabulary/identifiers.ts';
import { type BurstCommands, openBurstCommands } from '../support/burst-commands.ts';
import { age, auditEvidence, unfinishedFiles } from '../support/crash/audit-evidence.ts';
import { type CrashCase, type SweepFigures, sweep } from '../support/crash/crash-case.ts';
import type { Finished, TestEnvironment } from '../support/local-environment.ts';

/** `CRASH_SWEEP=every` dies at every await of every command, which takes hours; otherwise each kind of await is thinned. */
const thinning = process.env.CRASH_SWEEP === 'every' ? undefined : { most: 6 };
const runScope = 'platform_20260221T020923Z';

let commands: BurstCommands;
let environment: TestEnvironment;
let folder: string;
let segmentRun: string;
let runsRoot: string;
let burst: { readonly execution: string; readonly run: string };
before(async () => {
  commands = await openBurstCommands();
  ({ environment } = commands);
  folder = await mkdtemp(join(tmpdir(), 'crash-'));
  runsRoot = join(environment.home, 'runs');
  segmentRun = commands.bundle.split('/').at(-1) ?? '';
  const plan = await commands.planFile({ duration_seconds: 1 });
  const ran = await environment.fraudctl('--json', 'burst', 'run', plan, '--bundle', commands.bundle);
  const { execution_id, run_id } = JSON.parse(ran.stdout);
  burst = { execution: execution_id, run: run_id };
});
after(async () => {
  await commands.close();
  await rm(folder, { recursive: true, force: true });
});

const figures = new Map<string, SweepFigures>();
after(() => {
  for (const [name, { awaits, deaths, survived }] of figures) {
    process.stderr.write(`${name}: ${awaits} awaits, ${deaths} deaths, ${survived} not come to\n`);
  }
});

/** Executions are named to the second. */
function executionOf(lane: string, number: number): string {
  const at = new Date(Date.UTC(2026, 1, 21) + number * 1_000);
  return `${lane}_${at.toISOString().replaceAll(/[-:]|\.\d+/g, '')}`;
}

const ended = ({ exitCode, stdout }: Finished) => {
  const told = z
    .looseObject({
      verdict: z.string().optional(),
      cause: z.string().optional(),
      launches: z.array(z.unknown()).optional(),
    })
    .parse(JSON.parse(stdout || '{}'));
  return { exitCode, verdict: told.verdict, cause: told.cause, launches: told.launches?.length };
};

function crash(
  name: string,
  make: () => Omit<CrashCase, 'places'> & { readonly folders?: Readonly<Record<string, string>> },
) {
  test(`${name}: killed at its awaits and run again, it comes to the same`, async () => {
    const { folders = {}, ...rest } = make();
    figures.set(name, await sweep({ ...rest, places: { home: environment.home, folders } }, thinning));
  });
}

crash('task run', () => ({
  command: async (number) => [
    ...['--json', 'task', 'run', 'probe', '--execution', executionOf('crash', number)],
    ...['--run', runScope, '--params', '{"note":"crash"}', '--relaunch-wait', '1s'],
  ],
  verdict: ended,
}));

crash('db migrate', () => ({
  command: async () => ['--json', 'db', 'migrate'],
  verdict: ended,
}));

const queried = (text: string) =>
  z
    .object({
      samples: z.array(z.object({ result: z.object({ rows: z.array(z.unknown()), row_count: z.int() }) })),
    })
    .parse(JSON.parse(text || '{"samples":[]}'))
    .samples.map(({ result }) => result);

crash('query', () => ({
  command: async () => ['--json', 'query', 'schema_status'],
  verdict: ({ exitCode, stdout }) => ({ exitCode, answers: queried(stdout).map(({ rows }) => rows) }),
}));

crash('attach', () => ({
  command: async (number) => {
    const id = executionOf('attached', number);
    const begun = ['task', 'run', 'probe', '--execution', id, '--run', runScope, '--detach'];
    assert.equal((await environment.fraudctl(...begun)).exitCode, 0);
    return ['--json', 'attach', id];
  },
  verdict: ended,
}));

crash('stop', () => ({
  command: async (number) => {
    const id = executionOf('stopped', number);
    const long = ['--params', '{"linger_ms":600000}', '--deadline', '15m'];
    const begun = ['task', 'run', 'probe', '--execution', id, '--run', runScope, ...long, '--detach'];
    assert.equal((await environment.fraudctl(...begun)).exitCode, 0);
    return ['--json', 'stop', id];
  },
  verdict: ended,
}));

/** Every file of a folder is the same as that of the same name in another: none is half. */
async function sameFiles(whole: string, copy: string, names: readonly string[]): Promise<void> {
  for (const name of await readdir(copy).catch(() => [])) {
    if (!names.includes(name)) continue;
    const [one, other] = await Promise.all([whole, copy].map((place) => readFile(join(place, name), 'utf8')));
    assert.equal(other, one, `${copy}: ${name} is whole`);
  }
}

for (const [kind, subject] of [
  ['segment', () => segmentRun],
  ['burst', () => burst.execution],
] as const) {
  crash(`report ${kind}`, () => {
    const out = (number: number) => join(folder, `report-${kind}-${number}`);
    const files = ['report.json', 'report.md', 'report.html'];
    return {
      folders: { out: folder },
      command: async (number) => [
        ...['--json', 'report', kind, subject(), '--out', out(number)],
        ...(kind === 'segment' ? ['--runs-root', runsRoot] : []),
      ],
      verdict: ({ exitCode, stdout }) => ({ exitCode, status: JSON.parse(stdout || '{}').status }),
      check: async (number, moment) => {
        await sameFiles(out(0), out(number), files);
        if (moment === 'again')
          assert.deepEqual(await readdir(out(number)).then(wholeNames), files.toSorted());
      },
    };
  });
}

/** Names without what a killed writer left, which the next writer removes once it is old. */
const wholeNames = (names: readonly string[]) => names.filter((name) => !name.endsWith('.partial')).sort();

crash('query --out', () => ({
  folders: { out: folder },
  command: async (number) => [
    'query',
    'schema_status',
    '--format',
    'json',
    '--out',
    join(folder, `answer-${number}.json`),
  ],
  // The answer may be there already, whole: then it is not replaced.
  verdict: ({ exitCode, stderr }) => exitCode === 0 || stderr.includes('OUT_EXISTS'),
  check: async (number, moment) => {
    const text = await readFile(join(folder, `answer-${number}.json`), 'utf8').catch(() => undefined);
    if (text !== undefined)
      assert.equal(z.array(z.unknown()).or(z.looseObject({})).safeParse(JSON.parse(text)).success, true);
    if (moment === 'again') assert.notEqual(text, undefined);
  },
}));

crash('burst adjudicate', () => ({
  atOnce: 1,
  command: async () => {
    // As if nobody had judged it yet.
    const execution = executionIdSchema.parse(burst.execution);
    const control = join('evidence', 'local', 'run_control', execution, snapshotName);
    const scoped = join(runScopedPrefix(runIdSchema.parse(burst.run), execution), snapshotName);
    const { home } = environment;
    for (const path of [
      join(home, 'evidence', control),
      join(home, 'evidence', scoped),
      join(home, 'mirror', control),
    ]) {
      await rm(path, { force: true });
    }
    return ['--json', 'burst', 'adjudicate', burst.execution];
  },
  verdict: ({ exitCode, stdout }) => {
    const { snapshot_sha256, copies, blockers } = JSON.parse(stdout || '{}');
    return { exitCode, snapshot_sha256, copies, blockers };
  },
}));

crash('score closure --record', () => ({
  folders: { out: folder },
  command: async (number) => [
    ...['--json', 'score', 'closure', '--gate', 'segment-5a-s5', '--candidate', segmentRun, '--record'],
    ...['--runs-root', runsRoot, '--out', join(folder, `score-${number}`)],
  ],
  verdict: ({ exitCode, stdout }) => ({ exitCode, decision: JSON.parse(stdout || '{}').decision }),
  check: async (number) => {
    for (const name of wholeNames(await readdir(join(folder, `score-${number}`)).catch(() => []))) {
      const text = await readFile(join(folder, `score-${number}`, name), 'utf8');
      if (name.endsWith('.json')) assert.equal(JSON.parse(text).gate, 'segment-5a-s5');
      else assert.match(text, /```\n$/);
    }
  },
}));

test('baseline set: killed at its awaits and run again, it comes to the same', async () => {
  const name = (number: number) => `crash-${process.pid}-${number}`;
  const places = { home: environment.home, folders: { baselines: baselineFolder } };
  const set = (number: number) => [
    'baseline',
    'set',
    name(number),
    '--run',
    segmentRun,
    '--runs-root',
    runsRoot,
  ];
  try {
    const done = await sweep(
      {
        places,
        command: async (number) => set(number),
        // Recorded by the one that died, it is not recorded twice.
        verdict: ({ exitCode, stderr }) =>
          exitCode === 0 || (exitCode === 73 && stderr.includes('BASELINE_EXISTS')),
        check: async (number, moment) => {
          const text = await readFile(join(baselineFolder, `${name(number)}.json`), 'utf8').catch(
            () => undefined,
          );
          if (text !== undefined) assert.equal(JSON.parse(text).segment_run_id, segmentRun);
          if (moment === 'again') assert.notEqual(text, undefined);
        },
      },
      thinning,
    );
    figures.set('baseline set', done);
  } finally {
    for (const file of await readdir(baselineFolder)) {
      if (file.includes(`crash-${process.pid}-`)) await rm(join(baselineFolder, file));
    }
  }
});

crash('runs prune --yes', () => {
  const root = (number: number) => join(folder, `runs-${number}`);
  const ids = ['a', 'b', 'c', 'd'].map((letter) => letter.repeat(32));
  return {
    folders: { runs: folder },
    command: async (number) => {
      for (const id of ids) {
        await mkdir(join(root(number), id, 'data'), { recursive: true });
        await writeFile(join(root(number), id, 'data', 'rows'), 'x'.repeat(1_000));
      }
      return ['--json', 'runs', 'prune', '--yes', '--keep', ids[0] ?? '', '--runs-root', root(number)];
    },
    verdict: ({ exitCode }) => exitCode,
    check: async (number, moment) => {
      const names = await readdir(root(number));
      for (const id of ids.filter((one) => names.includes(one))) {
        assert.deepEqual(await readdir(join(root(number), id, 'data')), ['rows'], 'a run is whole or gone');
      }
      const records = join(root(number), 'prune-records');
      for (const name of wholeNames(await readdir(records).catch(() => []))) {
        assert.equal(JSON.parse(await readFile(join(records, name), 'utf8')).runs_root, root(number));
      }
      if (moment === 'again') assert.deepEqual(names.sort(), [ids[0], 'prune-records']);
    },
  };
});

crash('segment run', () => ({
  command: async (number) => [
    ...['--json', 'segment', 'run', '--scale', '12', '--seed', '5', '--scenario', 'baseline_v1'],
    ...['--runs-root', join(folder, `segment-${number}`)],
  ],
  atOnce: 1,
  verdict: ({ exitCode, stdout }) => {
    const { verdict, segment } = JSON.parse(stdout || '{}');
    return { exitCode, verdict, digest: segment?.validation_bundle_digest_sha256, checks: segment?.checks };
  },
}));

crash('burst run', () => ({
  atOnce: 1,
  command: async () => {
    const plan = await commands.planFile({ duration_seconds: 1 });
    return ['--json', 'burst', 'run', plan, '--bundle', commands.bundle];
  },
  verdict: ({ exitCode, stdout }) => {
    const { verdict, cause, lanes, blockers } = JSON.parse(stdout || '{}');
    return {
      exitCode,
      verdict,
      cause,
      lanes: lanes?.length,
      blockers: blockers?.map(({ id }: { id: string }) => id),
    };
  },
}));

test('what those that died did not seal is sealed by whoever attaches, and nothing is left over', async () => {
  const { unfinished } = await auditEvidence(environment.home);
  for (const id of new Set(unfinished.map((prefix) => prefix.split('/').at(-2) ?? ''))) {
    const attached = await environment.fraudctl('--json', 'attach', id);
    assert.notEqual(JSON.parse(attached.stdout).bundle, null, `${id}: ${attached.stdout}`);
  }
  assert.deepEqual(await auditEvidence(environment.home), { broken: [], unfinished: [] });
});

test('what those that died left unfinished is gone once it is old', async () => {
  const folders = [folder, baselineFolder];
  const left = await unfinishedFiles(environment.home, folders);
  await age(left);
  assert.equal((await environment.fraudctl('task', 'run', 'probe')).exitCode, 0);
  const out = ['--out', join(folder, 'last.json')];
  assert.equal(
    (await environment.fraudctl('query', 'schema_status', '--format', 'json', ...out)).exitCode,
    0,
  );
  assert.deepEqual(await unfinishedFiles(environment.home, folders), []);
});
