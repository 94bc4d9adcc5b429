import assert from 'node:assert/strict';
import { rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { after, before, test } from 'node:test';
import { setTimeout as delay } from 'node:timers/promises';
import { z } from 'zod';
import { type BurstCommands, openBurstCommands } from '../support/burst-commands.ts';
import type { TestEnvironment } from '../support/local-environment.ts';

let commands: BurstCommands;
let environment: TestEnvironment;
let bundle: string;
/** M10.F, waiting for nothing. */
let phases: readonly string[];
before(async () => {
  commands = await openBurstCommands();
  ({ environment, bundle } = commands);
  const file = join(environment.home, 'phases.yaml');
  const phase = '{ id: M10.F, title: burst, depends_on: [], closed_by: { burst: m10f-burst } }';
  await writeFile(file, `version: v1\nphases: [${phase}]\n`);
  phases = ['--phases', file];
});
after(() => commands.close());

const toldSchema = z.looseObject({
  verdict: z.string(),
  overall_pass: z.boolean().optional(),
  copies: z.array(z.looseObject({ place: z.string(), key: z.string(), whole: z.boolean() })).optional(),
  blockers: z.array(z.looseObject({ id: z.string() })).optional(),
  baseline: z.unknown().optional(),
  baseline_refused: z.array(z.string()).optional(),
});
const told = (stdout: string) => toldSchema.parse(JSON.parse(stdout));

/** Ids and reasons of what keeps M10.F from closing. */
async function blockersOfPhase() {
  const { stdout } = await environment.fraudctl('--json', 'phase', 'show', 'M10.F', ...phases);
  const { phase } = z
    .looseObject({
      phase: z.looseObject({
        blockers: z.array(z.strictObject({ id: z.string(), reasons: z.array(z.string()) })),
      }),
    })
    .parse(JSON.parse(stdout));
  return new Map(phase.blockers.map(({ id, reasons }) => [id, reasons.join('; ')]));
}

test('attach judges a certifying burst as the command that started it: it passed, and is blocked', async () => {
  // It ends with its events, long before the window of its plan is over.
  const plan = await commands.planFile({ certifying: true, duration_seconds: 960, max_events: 1_000 });
  const begun = await environment.fraudctl(
    ...['--json', 'burst', 'run', plan, '--bundle', bundle, '--detach', '--phase', 'M10.F', ...phases],
  );
  assert.equal(begun.exitCode, 0, begun.stderr);
  const id: string = JSON.parse(begun.stdout).execution_id;
  const attached = await environment.fraudctl('--json', 'attach', id);
  assert.equal(attached.exitCode, 65, attached.stdout + attached.stderr);
  const { verdict, overall_pass, copies = [], blockers = [] } = told(attached.stdout);
  assert.deepEqual([verdict, overall_pass], ['PASS', false]);
  assert.ok(blockers.some((one) => one.id === 'M10F-B1'));
  assert.deepEqual(
    copies.map(({ place, whole }) => [place, whole]),
    [
      ['run-control', true],
      ['run-scoped', true],
      ['mirror', true],
    ],
  );
  const again = await environment.fraudctl('--json', 'attach', id);
  assert.deepEqual([again.exitCode, told(again.stdout)], [65, told(attached.stdout)]);

  // A judgement that is not in both roots is B3 for whoever asks, not for its publisher alone.
  const judged = await blockersOfPhase();
  assert.ok(judged.has('M10F-B1') && !judged.has('M10F-B3'), [...judged.keys()].join());
  const copy = join(environment.home, 'evidence', copies[1]?.key ?? '');
  await rm(copy);
  assert.match(
    (await blockersOfPhase()).get('M10F-B3') ?? '',
    new RegExp(`the run-scoped copy at .* is missing.*fraudctl burst adjudicate ${id}`),
  );
  assert.equal((await environment.fraudctl('burst', 'adjudicate', id)).exitCode, 65);
  assert.deepEqual(await blockersOfPhase(), judged);
  await rm(copy);
  await writeFile(copy, '{}');
  const other = (await blockersOfPhase()).get('M10F-B3') ?? '';
  assert.match(other, /or another/);
  assert.doesNotMatch(other, /burst adjudicate/, 'what lies there is never replaced');
});

test('attach records the baseline that a burst was launched for, or says why it is none', async () => {
  const plan = await commands.planFile({ duration_seconds: 1 });
  const child = environment.startFraudctl('burst', 'baseline', plan, '--bundle', bundle);
  let text = '';
  child.stderr?.on('data', (chunk) => {
    text += String(chunk);
  });
  while (!/started burst_\d{8}T\d{6}Z/.test(text)) await delay(10);
  process.kill(-(child.pid ?? 0), 'SIGKILL');
  const id = /burst_\d{8}T\d{6}Z/.exec(text)?.[0] ?? '';
  for (const command of [['attach'], ['burst', 'attach']]) {
    const attached = await environment.fraudctl('--json', ...command, id);
    assert.equal(attached.exitCode, 65, attached.stdout + attached.stderr);
    const { verdict, baseline, baseline_refused = [] } = told(attached.stdout);
    assert.deepEqual([verdict, baseline], ['PASS', null]);
    assert.match(baseline_refused.join(), /a baseline needs 60/);
  }
});
