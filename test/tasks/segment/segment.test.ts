import assert from 'node:assert/strict';
import { test } from 'node:test';
import { createFolderStore } from '../../../lib/evidence/stores/folder-store.ts';
import type { TaskContext } from '../../../lib/runtime/task-program.ts';
import { segmentContract } from '../../../lib/task-contracts/segment.ts';
import { executionIdSchema, launchKeySchema, runIdSchema } from '../../../lib/vocabulary/identifiers.ts';
import { instantSchema } from '../../../lib/vocabulary/instant.ts';
import type { JsonObject } from '../../../lib/vocabulary/json.ts';
import { segment } from '../../../tasks/segment/segment.ts';
import { smallWorld } from '../../lib/segment-5a/make-world.ts';
import { onGround } from './run-states.ts';

test('the task runs the states asked for, logs its markers and says what it published', () =>
  onGround(smallWorld(8), {}, async ({ world, runsRoot }) => {
    const lines: { readonly event: string; readonly fields: JsonObject }[] = [];
    const context: TaskContext<typeof segmentContract> = {
      parameters: segmentContract.parameters.parse({ states: ['S1', 'S0'], runs_root: runsRoot, world }),
      settings: {},
      secrets: {},
      launch: {
        environment: 'local',
        executionId: executionIdSchema.parse('segment_20260221T060431Z'),
        runId: runIdSchema.parse('platform_20260221T060431Z'),
        launchKey: launchKeySchema.parse('segment_20260221T060431Z/Prepare/0'),
        deadline: instantSchema.parse('2026-02-21T06:30:00.000Z'),
        imageDigest: 'local',
      },
      evidence: await createFolderStore(runsRoot),
      scratch: runsRoot,
      signal: new AbortController().signal,
      log: (event, fields = {}) => lines.push({ event, fields }),
    };
    const { output } = await segment(context);
    assert.match(String(output.segment_run_id), /^[0-9a-f]{32}$/);
    const states = JSON.parse(JSON.stringify(output.states));
    assert.deepEqual(
      states.map((one: { state: string; publication: string }) => [one.state, one.publication]),
      [
        ['S0', 'published'],
        ['S1', 'published'],
      ],
    );
    const [first] = lines;
    assert.deepEqual(first, { event: 'runs-root', fields: { runs_root: runsRoot, world } });
    assert.equal(lines.filter(({ event }) => event === 'phase').length, 7);
    assert.ok(lines.some(({ event, fields }) => event === 'run' && fields.run_folder === output.run_folder));
  }));

const refused: readonly (readonly [string, JsonObject])[] = [
  ['no runs root', { world: '/w' }],
  ['a relative runs root', { world: '/w', runs_root: 'runs' }],
  ['a relative world', { world: 'w', runs_root: '/r' }],
  ['an unknown state', { world: '/w', runs_root: '/r', states: ['S6'] }],
  ['no state', { world: '/w', runs_root: '/r', states: [] }],
  ['a partition beyond its count', { world: '/w', runs_root: '/r', partition: { index: 2, count: 2 } }],
  ['a run id that is none', { world: '/w', runs_root: '/r', segment_run_id: 'latest' }],
  ['an unknown parameter', { world: '/w', runs_root: '/r', rows: 5000 }],
];

for (const [name, parameters] of refused) {
  test(`${name} does not parse`, () => {
    assert.equal(segmentContract.parameters.safeParse(parameters).success, false);
  });
}
