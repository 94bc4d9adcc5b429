import assert from 'node:assert/strict';
import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { after, before, test } from 'node:test';
import { drawSchedule } from '../fakes/faults/draw-schedule.ts';
import { describeSchedule, type FaultSchedule, type Machine } from '../fakes/faults/fault-schedule.ts';
import { judgePlayed } from '../fakes/faults/judge-played.ts';
import { playOn } from '../fakes/faults/play-schedule.ts';
import { openRealGround, type RealMaterial } from '../fakes/faults/real-ground.ts';
import { createTestEnvironment, type TestEnvironment } from '../support/local-environment.ts';
import { samplePlan } from '../support/sample-burst.ts';

/**
 * Some of the schedules that are played in their thousands with scripted tasks, played with real ones: processes
 * beside agents, PostgreSQL, the gate, a data engine that computes. Real tasks do what they are for, so the acts
 * of a schedule are left out; everything around them is as drawn.
 */
const module = new URL('../fakes/faults/interfere-from-file.ts', import.meta.url).href;
const scheduleFileIn = (home: string) => join(home, 'schedule.json');

let environment: TestEnvironment;
let material: RealMaterial;
before(async () => {
  environment = await createTestEnvironment({
    interference: (home) => ({ module, argument: scheduleFileIn(home) }),
  });
  const { home } = environment;
  const runsRoot = join(home, 'runs');
  const run = await environment.fraudctl(
    ...['--json', 'segment', 'run', '--scale', '12', '--seed', '5', '--scenario', 'baseline_v1'],
    ...['--runs-root', runsRoot],
  );
  assert.equal(run.exitCode, 0, run.stderr);
  const up = await environment.fraudctl('local', 'up');
  assert.equal(up.exitCode, 0, up.stderr);
  const planPath = join(home, 'short.yaml');
  await writeFile(planPath, JSON.stringify(samplePlan({ name: 'short', duration_seconds: 2 })));
  material = {
    home,
    scheduleFile: scheduleFileIn(home),
    planPath,
    runFolder: JSON.parse(run.stdout).segment.run_folder,
    runsRoot,
    world: await worldOf(home, JSON.parse(run.stdout).execution_id),
  };
});
after(() => environment.close());

/** The world that a run was of, from its intent. */
async function worldOf(home: string, executionId: string): Promise<string> {
  const intent = await environment.evidence.get(`evidence/local/run_control/${executionId}/intent.json`);
  const text = new TextDecoder().decode(intent);
  const [, world] = /\\"world\\":\\"([^"\\]+)/.exec(text) ?? [];
  assert.ok(world !== undefined, text);
  assert.ok(world.startsWith(home));
  return world;
}

function ofRealTasks(schedule: FaultSchedule): FaultSchedule {
  const attempts = Object.entries(schedule.attempts).map(
    ([place, faults]) => [place, faults.map((one) => ({ ...one, act: 'done' as const }))] as const,
  );
  return { ...schedule, attempts: Object.fromEntries(attempts) };
}

const played: readonly (readonly [Machine, readonly number[]])[] = [
  ['one-shot', [3, 7, 12, 18, 21, 29, 34, 41]],
  ['bounded-burst', [2, 9, 16]],
  ['segment-5a', [4, 11, 15]],
];
for (const [machine, seeds] of played) {
  for (const seed of seeds) {
    test(`${machine} ${seed}: what is said of real tasks is what happened`, {
      timeout: 230_000,
    }, async (context) => {
      const schedule = ofRealTasks(drawSchedule(machine, seed));
      const ground = await openRealGround(material, schedule);
      try {
        const story = await playOn(ground, schedule);
        const judgement = judgePlayed(story);
        const told = story.commands.map(
          ({ command, verdict, failure, seconds }) =>
            `${command}: ${verdict ?? failure?.code} ${seconds.toFixed(1)} s`,
        );
        for (const line of [...describeSchedule(schedule), ...told, judgement.outcome])
          context.diagnostic(line);
        if (judgement.outcome !== 'disturbed') assert.deepEqual(judgement.problems, []);
      } finally {
        await ground.close();
      }
    });
  }
}
