import { availableParallelism } from 'node:os';
import { parseArgs } from 'node:util';
import { drawSchedule } from '../fakes/faults/draw-schedule.ts';
import { describeSchedule, type Machine, machines } from '../fakes/faults/fault-schedule.ts';
import { type Judgement, judgePlayed, type Outcome } from '../fakes/faults/judge-played.ts';
import { playSchedule } from '../fakes/faults/play-schedule.ts';
import type { Played } from '../fakes/faults/played.ts';
import { stalledMillis } from '../fakes/faults/stalls.ts';

/**
 * Plays seeded schedules of faults and holds what the product said against what happened:
 * `npm run test:faults -- --seeds 1..1000 [--machine one-shot] [--times 30] [--at-once 4] [--show]`.
 *
 * Without `--seeds` it plays a slice that fits a minute. Exits with 1 on any wrong verdict, duplicate launch or
 * command beyond its budget, after printing the schedule and the command that plays it again.
 */
const { values } = parseArgs({
  options: {
    seeds: { type: 'string' },
    machine: { type: 'string', multiple: true },
    times: { type: 'string', default: '1' },
    'at-once': { type: 'string' },
    show: { type: 'boolean', default: false },
  },
});

const chosen = machines.filter((machine) => values.machine?.includes(machine) ?? true);
/** Schedules of a short run: the share of each machine in what is played in full. */
const slice: Readonly<Record<Machine, number>> = { 'one-shot': 16, 'bounded-burst': 5, 'segment-5a': 4 };
const wanted = Array.from({ length: Number(values.times) }, () =>
  chosen.flatMap((machine) => seedsOf(machine).map((seed) => ({ machine, seed }))),
).flat();
const atOnce = Number(values['at-once'] ?? availableParallelism() * 3);

function seedsOf(machine: Machine): readonly number[] {
  const [, first, last] = /^(\d+)(?:\.\.(\d+))?$/.exec(values.seeds ?? `1..${slice[machine]}`) ?? [];
  if (first === undefined) throw new Error(`--seeds ${values.seeds} is no range such as 1..100`);
  const from = Number(first);
  return Array.from({ length: Number(last ?? first) - from + 1 }, (_, index) => from + index);
}

type Tally = Record<Outcome, number>;
const emptyTally = (): Tally => ({
  correct: 0,
  explained: 0,
  'never-started': 0,
  wrong: 0,
  duplicate: 0,
  'over-budget': 0,
  disturbed: 0,
});
const tallies = new Map<Machine, Tally>(chosen.map((machine) => [machine, emptyTally()]));
/** A machine that disturbs the same schedule so often is too busy for this. */
const mostTimes = 5;
let playedAgain = 0;
let done = 0;
let bad = 0;
const began = performance.now();
let progressAt = began;

/** Each worker takes the next schedule that nobody has taken. */
async function work(queue: { machine: Machine; seed: number }[]): Promise<void> {
  for (let next = queue.shift(); next !== undefined; next = queue.shift()) {
    const { played, judgement } = await playUndisturbed(next.machine, next.seed);
    const tally = tallies.get(next.machine);
    if (tally !== undefined) tally[judgement.outcome] += 1;
    done += 1;
    if (judgement.problems.length > 0) bad += 1;
    if (judgement.problems.length > 0 || values.show) print(played, judgement);
    if (performance.now() - progressAt > 5_000) {
      progressAt = performance.now();
      console.error(`${done} of ${wanted.length} schedules, ${bad} bad, ${seconds()} s`);
    }
  }
}

/** Plays a schedule, and plays it again when the machine was too busy elsewhere to tell what came of it. */
async function playUndisturbed(
  machine: Machine,
  seed: number,
): Promise<{ readonly played: Played; readonly judgement: Judgement }> {
  const schedule = drawSchedule(machine, seed);
  for (let times = 1; ; times += 1) {
    const played = await playSchedule(schedule);
    const judgement = judgePlayed(played);
    if (judgement.outcome !== 'disturbed' || times === mostTimes) return { played, judgement };
    playedAgain += 1;
  }
}

function seconds(): string {
  return ((performance.now() - began) / 1_000).toFixed(0);
}

function print(played: Played, { outcome, problems, explanations }: Judgement): void {
  const { schedule, commands, truth, launches, status, sealed, wire, store } = played;
  console.log(describeSchedule(schedule).join('\n'));
  console.log(
    `  truth ${truth}, execution ${status}, sealed ${sealed}, ${wire.calls} calls, ${wire.struck} struck, ${store.calls} of the store, ${store.struck} struck`,
  );
  for (const { launchKey, exitCode, didItsWork } of launches) {
    console.log(`    ${launchKey} exit ${exitCode} did its work: ${didItsWork}`);
  }
  for (const { command, verdict, cause, failure, seconds: took, exitCode } of commands) {
    console.log(
      `  ${command}: ${verdict ?? failure?.code} ${cause ?? failure?.message ?? ''} exit ${exitCode} ${took.toFixed(2)} s`,
    );
  }
  for (const line of explanations) console.log(`  because ${line}`);
  const stall = played.stalledMillis;
  console.log(
    `  ${outcome.toUpperCase()}${stall > 0 ? `, the machine stalled for ${stall.toFixed(0)} ms` : ''}`,
  );
  for (const line of problems) console.log(`  PROBLEM ${line}`);
  if (problems.length > 0) {
    for (const line of commands.flatMap(({ said }) => said)) console.log(`    | ${line}`);
    console.log(
      `  again: npm run test:faults -- --machine ${schedule.machine} --seeds ${schedule.seed} --show`,
    );
  }
}

const queue = [...wanted];
await Promise.all(Array.from({ length: Math.min(atOnce, wanted.length) }, () => work(queue)));

const columns: readonly Outcome[] = [
  'correct',
  'explained',
  'never-started',
  'wrong',
  'duplicate',
  'over-budget',
  'disturbed',
];
console.log(['machine'.padEnd(15), 'schedules', ...columns].join('  '));
for (const [machine, tally] of tallies) {
  const all = columns.reduce((sum, outcome) => sum + tally[outcome], 0);
  console.log(
    [
      machine.padEnd(15),
      String(all).padStart(9),
      ...columns.map((outcome) => String(tally[outcome]).padStart(outcome.length)),
    ].join('  '),
  );
}
console.log(
  `${done} schedules in ${seconds()} s, ${bad} bad, ${playedAgain} played again on a busy machine, ` +
    `which kept this process waiting for ${(stalledMillis() / 1_000).toFixed(1)} s`,
);
process.exitCode = bad === 0 && done > 0 ? 0 : 1;
