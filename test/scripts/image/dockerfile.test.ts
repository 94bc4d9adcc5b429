import assert from 'node:assert/strict';
import { readFile } from 'node:fs/promises';
import { test } from 'node:test';
import { scratchFolder } from '../../../config/names.ts';
import { probeContract } from '../../../lib/task-contracts/probe.ts';
import { definitionOf } from '../../image/container-limits.ts';

const text = await readFile(new URL('../../../Dockerfile', import.meta.url), 'utf8');
/** Instructions of the stage that becomes the image, each on one line. */
const instructions = text
  .replaceAll('\\\n', ' ')
  .split('\n')
  .filter((line) => line !== '' && !line.startsWith('#'));
const stage = instructions.slice(instructions.findLastIndex((line) => line.startsWith('FROM ')));

test('what a task mounts to write into is a volume of the image, given to its user before', () => {
  const [container] = definitionOf(probeContract, 'image').containerDefinitions;
  assert.deepEqual(
    container.mountPoints.map(({ containerPath }) => containerPath),
    [scratchFolder],
  );
  const volume = stage.indexOf(`VOLUME ["${scratchFolder}"]`);
  const owned = stage.findIndex(
    (line) => line.startsWith(`COPY --chown=${container.user} `) && line.endsWith(` ${scratchFolder}`),
  );
  assert.ok(owned >= 0, 'the folder is the user’s');
  assert.ok(volume > owned, 'what is done to a volume after it was declared is thrown away');
  assert.ok(stage.slice(volume + 1).every((line) => !line.includes(scratchFolder)));
  assert.equal(stage.filter((line) => line.startsWith('VOLUME')).length, 1);
  assert.ok(stage.includes(`USER ${container.user}`));
});
