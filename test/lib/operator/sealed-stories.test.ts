import assert from 'node:assert/strict';
import { mkdir, readdir, readFile, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { test } from 'node:test';
import { setTimeout as delay } from 'node:timers/promises';
import { attach } from '../../../bin/commands/attach.ts';
import { taskRun } from '../../../bin/commands/task-run.ts';
import { runControlPrefix } from '../../../config/names.ts';
import { layOutBundle, type PayloadItem } from '../../../lib/evidence/format/bundle.ts';
import { publishBundle } from '../../../lib/evidence/publish-bundle.ts';
import { readBundleItems } from '../../../lib/evidence/read-bundle-items.ts';
import { storeFailure } from '../../../lib/evidence/stores/store-failures.ts';
import { judgeExecution } from '../../../lib/gates/execution-verdict.ts';
import { isReproducible } from '../../../lib/gates/find-altered.ts';
import { type JudgedExecution, judgeSealed } from '../../../lib/operator/judge-execution.ts';
import { readSealedVerdict, sealVerdict } from '../../../lib/operator/seal-verdict.ts';
import { executionIdSchema, runIdSchema } from '../../../lib/vocabulary/identifiers.ts';
import {
  type AttemptFaults,
  type FaultSchedule,
  fairWeather,
  noFaults,
  type WireFault,
} from '../../fakes/faults/fault-schedule.ts';
import { openScriptedGround, type ScriptedGround } from '../../fakes/faults/scripted-ground.ts';
import { noSeams, type Seams } from '../../fakes/faults/seams.ts';
import type { StoreDeed } from '../../fakes/faults/store-fault.ts';
import { refusedWith } from '../../support/refused-with.ts';
import { sampleContent } from '../../support/sample-bundle.ts';

const id = executionIdSchema.parse('m10_20260221T020923Z');
const prefix = runControlPrefix('local', id);
const runId = runIdSchema.parse('platform_20260221T020900Z');
const signal = new AbortController().signal;

/** A schedule of these faults and no others. */
function only(attempt: Partial<AttemptFaults>, change: Partial<FaultSchedule> = {}): FaultSchedule {
  return { ...fairWeather('one-shot'), attempts: { 'Run/0': [{ ...noFaults, ...attempt }] }, ...change };
}

const run = (stage: ScriptedGround) =>
  stage.command('run', (context) =>
    taskRun(context, 'probe', { execution: id, run: runId, relaunchWait: '0s' }),
  );
const attachTo = (stage: ScriptedGround) => stage.command('attach', (context) => attach(context, id));

async function onStage(
  schedule: FaultSchedule,
  play: (stage: ScriptedGround) => Promise<void>,
  seams: Seams = noSeams,
): Promise<void> {
  const stage = await openScriptedGround(schedule, seams);
  try {
    await play(stage);
  } finally {
    await stage.close();
  }
}

test('a sealed story is told from its bundle when everyone else has forgotten it', async () => {
  await onStage(only({}), async (stage) => {
    assert.equal((await run(stage)).verdict, 'PASS');
    stage.proxy.forget();
    await rm(stage.cloud.home.logs, { recursive: true });
    await rm(join(stage.cloud.home.evidence, prefix, 'launches'), { recursive: true });
    const told = await attachTo(stage);
    assert.deepEqual([told.verdict, told.exitCode], ['PASS', 0]);
    assert.ok(told.said.some((line) => /3 copies, identical/.test(line)));
  });
});

test('a seal that broke off is taken up, though the state machine has forgotten what only it knew', async () => {
  for (const broken of [prefix, 'evidence/runs/']) {
    let breaks = true;
    const seams: Seams = {
      ...noSeams,
      evidence: (store) => ({
        ...store,
        putIfAbsent: async (key, content, signal) => {
          if (breaks && key.startsWith(broken) && key.endsWith('/bundle.commit.json')) {
            // Whatever else is being sealed has the time to be.
            await delay(500);
            throw storeFailure(new Error('gone'), store.url, key);
          }
          return await store.putIfAbsent(key, content, signal);
        },
      }),
    };
    await onStage(
      only({ launch: 'no-capacity' }),
      async (stage) => {
        const { failure } = await run(stage);
        assert.equal(failure?.code, 'VERDICT_NOT_KEPT');
        assert.match(failure?.message ?? '', /^m10_20260221T020923Z is over: PASS \(done\);/);
        breaks = false;
        stage.proxy.forget();
        const told = await attachTo(stage);
        assert.deepEqual([told.verdict, told.failure], ['PASS', undefined]);
        assert.ok(
          told.said.some((line) => /3 copies/.test(line)),
          told.said.join('\n'),
        );
      },
      seams,
    );
  }
});

test('credentials for the evidence that expire for a while are waited for; a refusal is not', async () => {
  const store = (does: StoreDeed): Partial<FaultSchedule> => ({
    store: [{ on: 'list', when: { call: 1, times: 4 }, does }],
  });
  await onStage(only({}, store('expired')), async (stage) => {
    const ended = await run(stage);
    assert.deepEqual([ended.verdict, ended.failure], ['PASS', undefined]);
    assert.ok(
      ended.said.some((line) => /^unknown: evidence cannot be asked for .*expired/.test(line)),
      ended.said.join('\n'),
    );
  });
  await onStage(only({}, store('denied')), async (stage) => {
    assert.equal((await run(stage)).failure?.code, 'EVIDENCE_STORE_NOT_PERMITTED');
  });
});

/** Where the payload of the sealed bundle lies. */
async function sealedFolder(stage: ScriptedGround): Promise<string> {
  const bundles = join(stage.cloud.home.evidence, prefix, 'bundles');
  const [bundle = ''] = await readdir(bundles);
  const [attempt = ''] = await readdir(join(bundles, bundle));
  return join(bundles, bundle, attempt, 'data');
}

/** Takes the seal away, as if nobody had sealed yet. */
async function unseal(stage: ScriptedGround): Promise<void> {
  const places = [stage.cloud.home.evidence, join(stage.folder, 'mirror')];
  for (const place of places) {
    const names = await readdir(place, { recursive: true });
    for (const name of names.filter((path) => path.endsWith('bundle.commit.json')))
      await rm(join(place, name));
    await rm(join(place, prefix, 'bundles'), { recursive: true });
  }
}

/** The operator reads evidence beside the bundle in these other words. */
const reading = (name: string, words: (text: string) => string): Seams => ({
  ...noSeams,
  evidence: (store) => ({
    ...store,
    get: async (key, signal) => {
      const content = await store.get(key, signal);
      if (key !== `${prefix}${name}` || content === undefined) return content;
      return new TextEncoder().encode(words(new TextDecoder().decode(content)));
    },
  }),
});

/** The sealed evidence of the execution, judged. */
async function judgedAsSealed({ environment }: ScriptedGround): Promise<JudgedExecution> {
  const judged = await judgeSealed(environment, id, signal);
  assert.ok(judged !== undefined);
  return judged;
}

test('the end that is sealed is that of the record: another error in it leaves the bundle whole', async () => {
  const withoutError = (text: string) => text.replace('"error":"TaskFailed"', '"error":null');
  await onStage(
    only({ act: 'data' }),
    async (stage) => {
      assert.equal((await run(stage)).verdict, 'FAIL');
      const { items } = await readBundleItems(stage.environment.evidence, prefix, signal);
      const files = new Map(items.map(({ path, content }) => [path, content]));
      assert.match(new TextDecoder().decode(files.get('execution-record.json')), /"error":null/);
      assert.ok(isReproducible(files));
      assert.equal((await attachTo(stage)).verdict, 'FAIL');
    },
    reading('execution-record.json', withoutError),
  );
});

test('a record of another end than the history tells, or that is none, seals nothing', async () => {
  for (const [words, cause] of [
    [(text: string) => text.replace('"status":"FAILED"', '"status":"ABORTED"'), 'contradiction'],
    [() => '{}', 'status-unknown'],
  ] as const) {
    await onStage(
      only({ act: 'data' }),
      async (stage) => {
        const ended = await run(stage);
        assert.deepEqual([ended.verdict, ended.cause], ['INDETERMINATE', cause]);
        assert.equal(await readSealedVerdict(stage.environment, id, signal), undefined);
      },
      reading('execution-record.json', words),
    );
  }
});

test('a result that is written while the record is read is seen', async () => {
  let readingRecord = false;
  const seams: Seams = {
    ...noSeams,
    evidence: (store) => ({
      ...store,
      get: async (key, signal) => {
        if (key === `${prefix}launches/Run/0/result.json` && readingRecord) return undefined;
        if (key !== `${prefix}launches/Run/0/task-record.json`) return await store.get(key, signal);
        readingRecord = true;
        await delay(50);
        readingRecord = false;
        return await store.get(key, signal);
      },
    }),
  };
  await onStage(
    only({ act: 'data' }),
    async (stage) => {
      assert.equal((await run(stage)).verdict, 'FAIL');
      const { items } = await readBundleItems(stage.environment.evidence, prefix, signal);
      assert.ok(items.some(({ path }) => path === 'launches/Run/0/result.json'));
    },
    seams,
  );
});

test('who finds the same verdict sealed from other evidence concludes with it; another verdict is refused', async () => {
  await onStage(only({ act: 'data' }), async (stage) => {
    await run(stage);
    const judged = await judgedAsSealed(stage);
    await unseal(stage);
    const { gathered } = judged;
    const launches = gathered.launches.map((launch) => ({
      ...launch,
      objects: launch.objects.filter(({ name }) => name !== 'result.json'),
      marker: undefined,
      sources: { ...launch.sources, result: { kind: 'absent' }, marker: { kind: 'absent' } } as const,
    }));
    const sources = { ...gathered.sources, launches: launches.map((launch) => launch.sources) };
    const less = {
      ...judged,
      verdict: judgeExecution(sources),
      gathered: { ...gathered, launches, sources },
    };
    const first = await sealVerdict(stage.environment, runId, less, signal);
    const second = await sealVerdict(stage.environment, runId, judged, signal);
    assert.deepEqual([first?.kind, second?.kind], ['published', 'identical']);
    assert.equal(second?.bundleDigest, first?.bundleDigest);
    assert.deepEqual(second?.judged.verdict, less.verdict);
    const passed = { ...judged, verdict: { ...judged.verdict, verdict: 'PASS' } } as const;
    await assert.rejects(
      sealVerdict(stage.environment, runId, passed, signal),
      refusedWith('SEALED_DIFFERENTLY'),
    );
  });
});

test('a verdict that its own evidence does not say is not sealed', async () => {
  await onStage(only({}), async (stage) => {
    await run(stage);
    const judged = await judgedAsSealed(stage);
    await unseal(stage);
    const { gathered } = judged;
    const other = {
      ...judged,
      gathered: { ...gathered, sources: { ...gathered.sources, error: 'TaskFailed' } },
    };
    await assert.rejects(
      sealVerdict(stage.environment, runId, other, signal),
      refusedWith('SEAL_NOT_REPRODUCIBLE'),
    );
    assert.equal(await readSealedVerdict(stage.environment, id, signal), undefined);
  });
});

test('a sealed bundle that lacks a file is altered, and so is one whose verdict does not follow', async () => {
  await onStage(only({}), async (stage) => {
    await run(stage);
    const data = await sealedFolder(stage);
    for (const name of [
      'execution-record.json',
      'launches/Run/0/result.json',
      'launches/Run/0/started.json',
    ]) {
      const sealed = await readFile(join(data, name));
      await rm(join(data, name));
      assert.equal((await attachTo(stage)).failure?.code, 'SEALED_ALTERED', name);
      await writeFile(join(data, name), sealed);
    }
    const { items } = await readBundleItems(stage.environment.evidence, prefix, signal);
    await unseal(stage);
    const forged = items.map(({ path, origin, content }): PayloadItem => {
      if (path !== 'verdict.json') return { path, origin, content };
      const text = new TextDecoder().decode(content).replace('"cause":"done"', '"cause":"gone"');
      return { path, origin, content: new TextEncoder().encode(text) };
    });
    const bundle = layOutBundle(sampleContent({ items: forged, verdict: { result: 'PASS', reasons: [] } }));
    await publishBundle(stage.environment.evidence, prefix, bundle);
    assert.equal((await attachTo(stage)).failure?.code, 'SEALED_ALTERED');
  });
});

test('a sealed bundle that was altered is refused, and so is evidence beside it that was', async () => {
  await onStage(only({}), async (stage) => {
    await run(stage);
    const evidence = join(stage.cloud.home.evidence, prefix);
    for (const [file, code] of [
      [join(evidence, 'launches/Run/0/task-record.json'), 'SEALED_DIFFERENTLY'],
      [join(await sealedFolder(stage), 'launches/Run/0/task-record.json'), 'SEALED_ALTERED'],
    ] as const) {
      const sealed = await readFile(file, 'utf8');
      await writeFile(file, sealed.replace('"exit_code":0', '"exit_code":1'));
      assert.equal((await attachTo(stage)).failure?.code, code);
      await writeFile(file, sealed);
    }
    assert.equal((await attachTo(stage)).verdict, 'PASS');
  });
});

test('a launch that ECS refused is FAIL by its word, sealed, and the same when it is computed again', async () => {
  await onStage(only({ launch: 'refused' }), async (stage) => {
    const ended = await run(stage);
    assert.deepEqual([ended.verdict, ended.cause], ['FAIL', 'never-started']);
    assert.equal((await attachTo(stage)).cause, 'never-started');
    const launches = await readdir(join(stage.folder, 'mirror', prefix), { recursive: true });
    const file = launches.find((path) => path.endsWith('data/launches.json')) ?? '';
    assert.match(
      await readFile(join(stage.folder, 'mirror', prefix, file), 'utf8'),
      /"not_launched":\[\{"error":"ECS.ClientException: The task definition is inactive."/,
    );
  });
});

test('RunTask fails on the side of the server: launched or not, it is not launched again, and not known', async () => {
  for (const launch of ['lost-before', 'lost-after'] as const) {
    await onStage(only({ launch, lastsMillis: 200 }), async (stage) => {
      const ended = await run(stage);
      const [execution] = stage.cloud.executions.all();
      assert.deepEqual([execution?.status, execution?.error], ['FAILED', 'LaunchUnknown'], launch);
      assert.equal(stage.cloud.truth.launches.length, launch === 'lost-after' ? 1 : 0);
      // The recorder stops what a dead execution left; then its own word decides.
      if (launch === 'lost-before') assert.equal(ended.verdict, 'INDETERMINATE');
      else assert.notEqual(ended.verdict, 'PASS');
    });
  }
});

test('a record that was never delivered is made up for while ECS remembers the task, and only then', async () => {
  const record = { times: 0, lateMillis: 0 };
  await onStage(only({ record }, { ended: record }), async (stage) => {
    assert.equal((await run(stage)).verdict, 'PASS');
  });
  await onStage(only({ record, remembered: false }), async (stage) => {
    assert.equal((await run(stage)).verdict, 'INDETERMINATE');
  });
});

test('a launch by a clock that is not the cloud’s is refused before anything starts', async () => {
  await onStage(only({}, { clocks: { operatorMillis: 7_200_000, dateMillis: 0 } }), async (stage) => {
    const refused = await run(stage);
    assert.equal(refused.failure?.code, 'CLOCK_WRONG');
    assert.match(refused.failure?.message ?? '', /720[01] s ahead/);
    assert.deepEqual(stage.cloud.executions.all(), []);
  });
});

test('a start whose answer was lost is told as unknown, and attach learns the truth', async () => {
  const wire: WireFault[] = [
    { on: 'StartExecution', when: { call: 1, times: 9 }, does: { kind: 'lost-reply' } },
  ];
  await onStage(only({}, { wire }), async (stage) => {
    const doubted = await run(stage);
    assert.equal(doubted.failure?.code, 'CLOUD_UNREACHABLE');
    assert.match(doubted.failure?.message ?? '', /whether m10_20260221T020923Z was started is unknown/);
    assert.equal((await attachTo(stage)).verdict, 'PASS');
    assert.equal(stage.cloud.truth.launches.length, 1);
  });
  const reset: WireFault[] = [{ on: 'StartExecution', when: { call: 1, times: 4 }, does: { kind: 'reset' } }];
  await onStage(only({}, { wire: reset }), async (stage) => {
    assert.equal((await run(stage)).failure?.code, 'CLOUD_UNREACHABLE');
    assert.equal((await attachTo(stage)).failure?.code, 'EXECUTION_NOT_STARTED');
    // The same wish again completes what was begun.
    assert.equal((await run(stage)).verdict, 'PASS');
    assert.equal(stage.cloud.truth.launches.length, 1);
  });
});

/** Reads of the operator's evidence that are answered otherwise while `isOtherwise()`. */
function otherwise(
  isOtherwise: () => boolean,
  name: string,
  answer: (content: Uint8Array) => Uint8Array | undefined,
): Seams {
  return {
    ...noSeams,
    evidence: (store) => ({
      ...store,
      get: async (key, signal) => {
        const content = await store.get(key, signal);
        return content !== undefined && isOtherwise() && key.endsWith(name) ? answer(content) : content;
      },
    }),
  };
}

test('while the record of the execution is not there nothing is sealed, and nothing passes', async () => {
  let isHidden = true;
  await onStage(
    only({}),
    async (stage) => {
      const unsealed = await run(stage);
      assert.deepEqual(
        [unsealed.verdict, unsealed.cause, unsealed.exitCode],
        ['INDETERMINATE', 'evidence-incomplete', 70],
      );
      isHidden = false;
      assert.deepEqual([(await attachTo(stage)).verdict], ['PASS']);
    },
    otherwise(
      () => isHidden,
      'execution-record.json',
      () => undefined,
    ),
  );
});

test('a result that is no canonical JSON is unreadable, and the verdict says so', async () => {
  await onStage(
    only({}),
    async (stage) => {
      const ended = await run(stage);
      assert.deepEqual([ended.verdict, ended.failure], ['INDETERMINATE', undefined]);
      assert.ok(
        ended.said.some((line) => /result\.json: unreadable/.test(line)),
        ended.said.join('\n'),
      );
    },
    otherwise(
      () => true,
      'result.json',
      (content) => Buffer.concat([content, Buffer.from('\n')]),
    ),
  );
});

test('a credential among the parameters is refused before anything is put or started', async () => {
  await onStage(only({}), async (stage) => {
    const refused = await stage.command('run', (context) =>
      taskRun(context, 'probe', {
        execution: id,
        relaunchWait: '0s',
        params: '{"note":"postgres://u:hunter2@db/x"}',
      }),
    );
    assert.equal(refused.failure?.code, 'CREDENTIAL_GIVEN');
    assert.doesNotMatch(refused.failure?.message ?? '', /hunter2/);
    assert.deepEqual(stage.cloud.executions.all(), []);
    await assert.rejects(readFile(join(stage.cloud.home.evidence, prefix, 'intent.json')), {
      code: 'ENOENT',
    });
  });
});

test('an intent that is none is told as that, and nobody follows it', async () => {
  await onStage(only({}), async (stage) => {
    const folder = join(stage.cloud.home.evidence, prefix);
    await mkdir(folder, { recursive: true });
    await writeFile(join(folder, 'intent.json'), '{"schema":"something/v1"}');
    assert.equal((await attachTo(stage)).failure?.code, 'INTENT_MALFORMED');
  });
});
