import assert from 'node:assert/strict';
import { mkdir, readdir, readFile, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { isRunFolder } from '../../../lib/gates/closure/plan-prune.ts';
import { baselineFolder } from '../../../lib/operator/closure-gates.ts';
import { ageFolder } from '../../support/age-folder.ts';
import { crashSuite, launching, quick, slow } from '../../support/crash/crash-suite.ts';
import { reportCase } from '../../support/crash/report-case.ts';
import { sameResults, wholeNames } from '../../support/crash/same-files.ts';
import { createTestEnvironment } from '../../support/local-environment.ts';

let runsRoot: string;
let segmentRun: string;

const baselineName = (number: number) => `crash-${process.pid}-${number}`;

/** Baselines are kept in the project; a sweep leaves none. */
async function removeBaselines(): Promise<void> {
  for (const name of await readdir(baselineFolder)) {
    if (name.includes(`crash-${process.pid}-`)) await rm(join(baselineFolder, name));
  }
}

const small = ['--scale', '12', '--seed', '5'];
const { crash, asks, nothingIsLeft, ground } = crashSuite(async () => {
  const environment = await createTestEnvironment();
  runsRoot = join(environment.home, 'runs');
  const scenario = ['--scenario', 'baseline_v1'];
  const run = ['--json', 'segment', 'run', ...small, ...scenario, '--runs-root', runsRoot];
  const ran = await environment.fraudctl(...run);
  assert.equal(ran.exitCode, 0, ran.stderr);
  segmentRun = JSON.parse(ran.stdout).segment.segment_run_id;
  // Or the first report makes the database ready, and waits for more than those that follow.
  assert.equal((await environment.fraudctl('query', 'schema_status')).exitCode, 0);
  return { environment, close: () => Promise.all([environment.close(), removeBaselines()]) };
});

crash(
  'segment run',
  ({ folder }) => ({
    namedByClock: true,
    command: async (number) => [
      ...['--json', 'segment', 'run', ...small, '--scenario', 'baseline_v1'],
      ...['--runs-root', join(folder, `segment-${number}`)],
    ],
    folders: { out: folder },
    verdict: ({ exitCode, stdout }) => {
      const { verdict, segment } = JSON.parse(stdout || '{}');
      return {
        exitCode,
        verdict,
        digest: segment?.validation_bundle_digest_sha256,
        checks: segment?.checks,
      };
    },
  }),
  slow,
);

crash(
  'world generate',
  ({ folder }) => ({
    folders: { out: folder },
    command: async (number) => [
      ...['--json', 'world', 'generate', ...small, '--out', join(folder, `world-${number}`)],
    ],
    verdict: ({ exitCode, stdout }) => ({
      exitCode,
      digest: JSON.parse(stdout || '{}').bundle_digest_sha256,
    }),
    check: async (number, moment) => {
      const names = (await readdir(folder)).filter((name) => name.startsWith(`world-${number}`));
      const place = `world-${number}`;
      // Under its name a world is whole, and whoever comes after one that died tidies up.
      if (names.includes(place)) {
        const [whole, copy] = await Promise.all(
          ['world-0', place].map((name) => readdir(join(folder, name), { recursive: true })),
        );
        assert.deepEqual(copy?.sort(), whole?.sort());
      }
      if (moment === 'again') {
        const others = names.filter((name) => name === place || name.startsWith(`${place}.`));
        assert.deepEqual(others, [place]);
      }
    },
  }),
  quick,
);

crash(
  'segment stage',
  ({ folder }) => ({
    folders: { out: folder, runs: runsRoot },
    command: async () => [
      ...['--json', 'segment', 'stage', '--from', segmentRun, '--rerun', 'S4', '--runs-root', runsRoot],
    ],
    verdict: ({ exitCode, stdout }) => {
      const { files, states } = JSON.parse(stdout || '{}');
      return { exitCode, files, states };
    },
    atOnce: 1,
    check: async (_, moment) => {
      // What is half there is no run, and goes with the next pruning.
      if (moment !== 'again') return;
      const { environment } = ground();
      const listed = await environment.fraudctl('--json', 'runs', 'list', '--runs-root', runsRoot);
      assert.equal(listed.exitCode, 0, listed.stderr);
      const candidates = (await readdir(runsRoot)).filter((name) => isRunFolder(name) && name !== segmentRun);
      for (const name of candidates) await ageFolder(join(runsRoot, name), 3_600_000);
      const kept = ['--keep', segmentRun, '--runs-root', runsRoot];
      const pruned = await environment.fraudctl('--json', 'runs', 'prune', '--yes', ...kept);
      assert.equal(pruned.exitCode, 0, pruned.stderr);
      assert.deepEqual((await readdir(runsRoot)).sort(), [segmentRun, 'prune-records', 'worlds'].sort());
    },
  }),
  { kind: 'thinned', most: 12, inside: 'all' },
);

crash(
  'segment witness',
  ({ folder }) => ({
    folders: { out: folder, runs: runsRoot },
    command: async () => [
      ...['--json', 'segment', 'witness', '--from', segmentRun, '--rerun', 'S5', ...small],
      ...['--runs-root', runsRoot],
    ],
    verdict: ({ exitCode, stdout }) => ({ exitCode, equivalent: JSON.parse(stdout || '{}').equivalent }),
    atOnce: 1,
    check: async (_, moment) => {
      if (moment !== 'again') return;
      const left = (await readdir(runsRoot)).filter((name) => name.startsWith('preflight'));
      assert.deepEqual(left, []);
    },
  }),
  { kind: 'few', deaths: 3, inside: 'in-turn' },
);

for (const [kind, parameters] of [
  ['baseline', []],
  ['lanes', ['--state', 'S4']],
] as const) {
  crash(
    `score ${kind} --out`,
    ({ folder }) => {
      const out = (number: number) => join(folder, `score-${kind}-${number}`);
      return {
        folders: { out: folder },
        command: async (number) => [
          ...['--json', 'score', kind, segmentRun, ...parameters, '--runs-root', runsRoot],
          ...['--out', out(number)],
        ],
        verdict: ({ exitCode, stdout }) => ({ exitCode, score: JSON.parse(stdout || '{}') }),
        check: (number, moment) => sameResults(out(0), out(number), moment),
      };
    },
    quick,
  );
}

crash('score closure --record', ({ folder }) => ({
  folders: { out: folder },
  // A run of a small world holds the gate of the full one.
  exits: 65,
  command: async (number) => [
    ...['--json', 'score', 'closure', '--gate', 'segment-5a-s5', '--candidate', segmentRun, '--record'],
    ...['--runs-root', runsRoot, '--out', join(folder, `closure-${number}`)],
  ],
  verdict: ({ exitCode, stdout }) => ({ exitCode, decision: JSON.parse(stdout || '{}').decision }),
  check: async (number, moment) => {
    const out = (one: number) => join(folder, `closure-${one}`);
    await sameResults(out(0), out(number), moment);
  },
}));

crash(
  'baseline set',
  () => ({
    folders: { baselines: baselineFolder },
    command: async (number) => [
      ...['baseline', 'set', baselineName(number), '--run', segmentRun, '--runs-root', runsRoot],
    ],
    // Recorded by the one that died, it is not recorded twice.
    verdict: ({ exitCode, stderr }) =>
      exitCode === 0 || (exitCode === 73 && stderr.includes('BASELINE_EXISTS')),
    check: async (number, moment) => {
      const file = join(baselineFolder, `${baselineName(number)}.json`);
      const text = await readFile(file, 'utf8').catch(() => undefined);
      if (text !== undefined) assert.equal(JSON.parse(text).segment_run_id, segmentRun);
      if (moment === 'again') assert.notEqual(text, undefined);
    },
  }),
  quick,
);

crash(
  'runs prune --yes',
  ({ folder }) => {
    const root = (number: number) => join(folder, `runs-${number}`);
    const ids = ['a', 'b', 'c', 'd'].map((letter) => letter.repeat(32));
    return {
      folders: { runs: folder },
      command: async (number) => {
        for (const id of ids) {
          await mkdir(join(root(number), id, 'data'), { recursive: true });
          await writeFile(join(root(number), id, 'data', 'rows'), 'x'.repeat(1_000));
          await ageFolder(join(root(number), id), 3_600_000);
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
  },
  quick,
);

crash(
  'report segment',
  (ground) => reportCase('segment', ground, [segmentRun, '--runs-root', runsRoot]),
  launching,
);

for (const command of ['runs list', 'runs prune']) {
  asks(`${command} --runs-root`, () => [...command.split(' '), '--runs-root', runsRoot]);
}

nothingIsLeft(
  () => [baselineFolder],
  () => [['baseline', 'set', `crash-${process.pid}-last`, '--run', segmentRun, '--runs-root', runsRoot]],
);
