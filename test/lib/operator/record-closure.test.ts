import assert from 'node:assert/strict';
import { mkdir, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, test } from 'node:test';
import { sha256Of } from '../../../lib/evidence/format/digest.ts';
import { type ClosureScore, scoreClosure } from '../../../lib/gates/closure/score-closure.ts';
import {
  type ClosureRecord,
  closureRecordSchema,
  recordBytes,
} from '../../../lib/gates/phases/phase-records.ts';
import {
  baselineFolder,
  findBaseline,
  findClosureGate,
  readBaseline,
} from '../../../lib/operator/closure-gates.ts';
import type { OperatorEnvironment } from '../../../lib/operator/operator-environment.ts';
import { loadPhases, statusOfPhases } from '../../../lib/operator/phases.ts';
import { recordClosure } from '../../../lib/operator/record-closure.ts';
import { instantSchema } from '../../../lib/vocabulary/instant.ts';
import { createTestEnvironment, type TestEnvironment } from '../../support/local-environment.ts';
import { refusedWith } from '../../support/refused-with.ts';

const { signal } = new AbortController();
const hour = 3_600_000;
const gate = await findClosureGate('segment-5a-s5');
const authority = await readBaseline(gate.authority);
/** A run that is the authority's under another id, and one that is twice as slow. */
const score = (slower = 1): ClosureScore => {
  const own = authority.measures.states.S5;
  assert.ok(own);
  const states = { ...authority.measures.states, S5: { ...own, seconds: own.seconds * slower } };
  return scoreClosure(gate, authority.measures, {
    ...authority.measures,
    segment_run_id: 'c'.repeat(32),
    states,
  });
};

let ground: TestEnvironment;
let environment: OperatorEnvironment;
before(async () => {
  ground = await createTestEnvironment();
  environment = await ground.open();
});
after(() => ground.close());

const record = (
  what: ClosureScore,
  now: () => number = Date.now,
  where: OperatorEnvironment = environment,
): ReturnType<typeof recordClosure> => recordClosure(where, undefined, what, authority.sha256, now, signal);

const stored = async (): Promise<readonly ClosureRecord[]> => {
  const found: ClosureRecord[] = [];
  for await (const { key } of ground.evidence.list('evidence/local/phases/POPT.5/closures/')) {
    const content = await ground.evidence.get(key);
    found.push(closureRecordSchema.parse(JSON.parse(new TextDecoder().decode(content))));
  }
  return found;
};

/** Decisions that `phase status` hears of POPT.5. */
const heard = async () => {
  const statuses = await statusOfPhases(environment, await loadPhases(undefined), signal);
  const status = statuses.find(({ id }) => id === 'POPT.5');
  return status?.blockers.flatMap(({ reasons }) => reasons[0] ?? []);
};

test('by a clock that is not the cloud’s nothing is recorded', async () => {
  const { clients } = environment;
  const ahead: OperatorEnvironment = {
    ...environment,
    clients: {
      ...clients,
      clockOffsetMillis: () => {
        const offset = clients.clockOffsetMillis();
        return offset === undefined ? undefined : offset - hour;
      },
    },
  };
  assert.equal(clients.clockOffsetMillis(), undefined, 'the cloud was asked nothing yet');
  await assert.rejects(
    record(score(), () => Date.now() + hour, ahead),
    refusedWith('CLOCK_WRONG'),
  );
  assert.deepEqual(await stored(), []);
});

test('a score says which authority it is against, and the later one decides', async () => {
  await record(score());
  const [first] = await stored();
  assert.ok(first?.schema === 'fraud-platform/closure-record/v2');
  assert.equal(first.decision, gate.unlock);
  const file = await readFile(join(baselineFolder, `${gate.authority}.json`));
  assert.equal(first.baseline_sha256, sha256Of(file));
  assert.deepEqual(await heard(), []);
  await record(score(2));
  assert.deepEqual(await heard(), [`${gate.hold} on ${'c'.repeat(32)}`]);
});

test('a score that would never be heard, because one of later is recorded, is refused', async () => {
  const until = Date.now() + hour;
  // A machine whose cloud had the same wrong clock.
  await record(score(), () => until);
  assert.deepEqual(await heard(), []);
  for (const at of [until - hour, until]) {
    await assert.rejects(
      record(score(2), () => at),
      refusedWith('CLOSURE_NOT_LATER'),
    );
  }
  await record(score(2), () => until + 1);
  assert.deepEqual(await heard(), [`${gate.hold} on ${'c'.repeat(32)}`]);
});

test('a record of before authorities were kept is never heard, and keeps no other from being recorded', async () => {
  const [first] = await stored();
  assert.ok(first?.schema === 'fraud-platform/closure-record/v2');
  const { baseline_sha256: _, ...members } = first;
  const ahead: ClosureRecord = {
    ...members,
    schema: 'fraud-platform/closure-record/v1',
    recorded_at: instantSchema.parse('2099-01-01T00:00:00.000Z'),
  };
  const key = `evidence/local/phases/POPT.5/closures/${gate.name}/20990101T000000000Z-old.json`;
  await ground.evidence.putIfAbsent(key, recordBytes(ahead));
  const later = Date.now() + 2 * hour;
  await record(score(), () => later);
  assert.deepEqual(await heard(), []);
  await record(score(2), () => later + 1);
  assert.deepEqual(await heard(), [`${gate.hold} on ${'c'.repeat(32)}`]);
});

test('what is no baseline is refused by name, and is not taken for one that nobody recorded', async () => {
  const folder = await mkdtemp(join(tmpdir(), 'baselines-'));
  after(() => rm(folder, { recursive: true, force: true }));
  const path = join(folder, 'torn.json');
  await assert.rejects(readBaseline('torn', folder), refusedWith('BASELINE_MISSING'));
  assert.deepEqual(await findBaseline('torn', folder), { kind: 'missing' });
  for (const content of ['', '{}', JSON.stringify({ ...authority.measures, states: 1 })]) {
    await writeFile(path, content);
    await assert.rejects(readBaseline('torn', folder), refusedWith('BASELINE_INVALID'));
    assert.equal((await findBaseline('torn', folder)).kind, 'broken', content);
  }
  await writeFile(path, JSON.stringify(authority.measures));
  assert.equal((await findBaseline('torn', folder)).kind, 'recorded');
  await rm(path);
  await mkdir(path);
  assert.equal((await findBaseline('torn', folder)).kind, 'broken', 'a folder is no file');
});
