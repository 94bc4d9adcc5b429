import assert from 'node:assert/strict';
import { test } from 'node:test';
import { drawSchedule } from '../fakes/faults/draw-schedule.ts';
import { describeSchedule, type FaultSchedule, noFaults } from '../fakes/faults/fault-schedule.ts';
import { judgePlayed } from '../fakes/faults/judge-played.ts';
import { type PlantedDefect, plantedDefects } from '../fakes/faults/planted-defects.ts';
import { playSchedule } from '../fakes/faults/play-schedule.ts';

/**
 * A sweep that finds nothing proves nothing unless it would have found something. Each of these defects is put into
 * the product, alone, and a few schedules that carry what it gets wrong are played; without it they are right.
 */
const schedulesOfEach = 2;
const lastSeed = 60_000;

function harmfulSchedules({ isHarmful }: PlantedDefect): readonly FaultSchedule[] {
  const found: FaultSchedule[] = [];
  for (let seed = 1; seed <= lastSeed && found.length < schedulesOfEach; seed += 1) {
    const schedule = drawSchedule('one-shot', seed);
    if (isHarmful(schedule, schedule.attempts['Run/0']?.[0] ?? noFaults)) found.push(schedule);
  }
  return found;
}

for (const defect of plantedDefects) {
  test(`schedules find that ${defect.name}`, async (context) => {
    const schedules = harmfulSchedules(defect);
    assert.equal(schedules.length, schedulesOfEach, 'too few schedules carry what it gets wrong');
    await Promise.all(
      schedules.map(async (schedule) => {
        const why = describeSchedule(schedule).join('\n');
        const [sound, defective] = await Promise.all([
          playSchedule(schedule),
          playSchedule(schedule, defect.seams(schedule)),
        ]);
        const judged = judgePlayed(sound);
        context.diagnostic(`seed ${schedule.seed}: ${judged.outcome} without it`);
        if (judged.outcome !== 'disturbed') assert.deepEqual(judged.problems, [], why);
        const found = judgePlayed(defective);
        context.diagnostic(`seed ${schedule.seed}: ${found.outcome} with it: ${found.problems.join('; ')}`);
        assert.ok(
          found.problems.some((problem) => defect.problem.test(problem)),
          `${why}\n${found.problems.join('\n')}`,
        );
        // Only what comes of waiting may be blamed on a busy machine.
        assert.ok(found.outcome === defect.outcome || found.outcome === 'disturbed', found.outcome);
      }),
    );
  });
}
