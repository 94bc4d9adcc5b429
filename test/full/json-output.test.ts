import assert from 'node:assert/strict';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, test } from 'node:test';
import { buildProgram } from '../../bin/program/build-program.ts';
import { createTestEnvironment, type TestEnvironment } from '../support/local-environment.ts';

let environment: TestEnvironment;
let folder: string;
before(async () => {
  environment = await createTestEnvironment();
  folder = await mkdtemp(join(tmpdir(), 'json-output-'));
});
after(async () => {
  await environment.close();
  await rm(folder, { recursive: true, force: true });
});

/** What is shown elsewhere, with the test that shows it: these need an account, or would write into the project. */
const elsewhere: ReadonlySet<string> = new Set([
  'db start fraudctl/database/v1', // test/bin/operations.test.ts
  'db stop fraudctl/database/v1',
  'image push fraudctl/image/v1',
  'image push fraudctl/image-plan/v1',
  'baseline set fraudctl/baseline/v1', // test/bin/score.test.ts
  'burst baseline fraudctl/verdict/v1', // takes five minutes as it is shipped
  'segment witness fraudctl/verdict/v1', // only when its own preflight does not pass
]);

test('every command prints the shapes that its help names, and each of them', {
  timeout: 600_000,
}, async () => {
  const shown = new Set<string>();
  /** Runs a command; the environment holds every object to its shape. Returns the last one. */
  const run = async (line: string, ...more: string[]) => {
    const words = line.split(' ');
    const { stdout, stderr } = await environment.fraudctl('--json', ...words, ...more);
    const objects = stdout
      .trimEnd()
      .split('\n')
      .map((text) => JSON.parse(text));
    const path = program
      .leaves()
      .find(({ path }) => words.slice(0, path.length).join(' ') === path.join(' '));
    assert.ok(path, line);
    for (const { schema } of objects) shown.add(`${path.path.join(' ')} ${schema}`);
    const last = objects.at(-1);
    assert.notEqual(last.schema, 'fraudctl/failure/v1', `${line}: ${stdout}${stderr}`);
    return last;
  };
  const program = buildProgram(() => async () => undefined);
  const at = (name: string) => join(folder, name);

  await run('local up');
  await run('local status');
  await run('status');
  await run('doctor');
  await run('db migrate');
  await run('db status');
  await run('completion bash');

  await run('task list');
  await run('run new');
  const probe = await run('task run probe');
  const detached = await run('task run probe --detach');
  await run(`attach ${detached.execution_id}`);
  await run(`status ${probe.execution_id}`);
  await run(`logs ${probe.execution_id}`);
  await run(`runs show ${probe.execution_id}`);
  await run(`stop ${probe.execution_id}`);
  await run('runs list');
  await run(`evidence verify ${probe.bundle}`);
  await run('phase status');
  await run('phase show M10.A');

  const root = ['--runs-root', at('runs')];
  const world = at('world');
  await run('world generate --scale 12 --seed 5 --out', world);
  await run(`world check ${world}`);
  await run(`world describe ${world}`);
  const { segment } = await run('segment run --world', world, ...root);
  const id = segment.segment_run_id;
  await run(`report segment ${id}`, '--out', at('segment-report'), ...root);
  await run(`score baseline ${id}`, ...root);
  await run(`score lanes ${id} --state S4`, ...root);
  await run(`score closure --gate segment-5a-s5 --candidate ${id}`, ...root);
  await run(`segment witness --from ${id} --rerun S5 --world ${world}`, ...root);
  await run(`segment stage --from ${id} --rerun S4`, ...root);
  await run('runs list', ...root);
  await run(`runs prune --keep ${id}`, ...root);

  await run('burst plans');
  await run(`burst run rehearsal --dry-run --bundle ${segment.run_folder}`);
  const burst = await run(`burst run rehearsal --bundle ${segment.run_folder}`);
  const other = await run(`burst run rehearsal --detach --bundle ${segment.run_folder}`);
  await run(`burst status ${other.execution_id}`);
  await run(`burst stop ${other.execution_id}`);
  await run(`burst attach ${burst.execution_id}`);
  await run(`burst adjudicate ${burst.execution_id}`);
  await run(`burst adjudicate ${burst.execution_id} --replay`);
  await run(`report burst ${burst.execution_id}`, '--out', at('burst-report'));
  await run('query list');
  await run('query schema_status');
  await writeFile(at('question.sql'), 'select 1 as one');
  await run('query --file', at('question.sql'));
  await run('runs prune --yes', ...root);
  await run('local down');
  await run('local remove');
  await run('local remove');

  const promised = program
    .leaves()
    .flatMap(({ path, shapes }) => shapes.map((shape) => `${path.join(' ')} ${shape}`));
  assert.deepEqual(
    promised.filter((one) => !shown.has(one) && !elsewhere.has(one)),
    [],
    'promised, and not shown',
  );
  assert.deepEqual(
    [...shown].filter((one) => !promised.includes(one)),
    [],
    'shown, and not promised',
  );
});
