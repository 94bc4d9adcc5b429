import assert from 'node:assert/strict';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, test } from 'node:test';
import fc from 'fast-check';
import { layOutBundle } from '../../../lib/evidence/format/bundle.ts';
import { fetchBundle, publishBundle, readCommit } from '../../../lib/evidence/publish-bundle.ts';
import type { EvidenceStore } from '../../../lib/evidence/stores/evidence-store.ts';
import { createS3Store } from '../../../lib/evidence/stores/s3/s3-store.ts';
import { createS3Client, s3Wire } from '../../../lib/evidence/stores/s3/s3-wire.ts';
import { verifyBundleFolder } from '../../../lib/evidence/verify-bundle.ts';
import { writeOncePolicy } from '../../fakes/s3/bucket-policy.ts';
import { type FakeS3, startFakeS3 } from '../../fakes/s3/fake-s3.ts';
import type { S3FaultKind, S3Moment } from '../../fakes/s3/fault.ts';
import { s3Variables } from '../../support/s3-environment.ts';
import { filesOf, sampleContent } from '../../support/sample-bundle.ts';

const bucket = 'evidence-bucket';
const bundle = layOutBundle(sampleContent());
const puts = filesOf(bundle).size + 1;

let fake: FakeS3;
let folder: string;
let schedule: (moment: S3Moment) => S3FaultKind | undefined = () => undefined;
let made = 0;
before(async () => {
  folder = await mkdtemp(join(tmpdir(), 'publish-s3-'));
  fake = await startFakeS3({
    buckets: [{ name: bucket, policy: writeOncePolicy }],
    schedule: (moment) => schedule(moment),
  });
  Object.assign(process.env, s3Variables(fake));
});
after(async () => {
  await fake.close();
  await rm(folder, { recursive: true });
});

function makeStore(attempts: number): { readonly store: EvidenceStore; readonly again: () => EvidenceStore } {
  made += 1;
  const place = { bucket, prefix: `${made}/` };
  const open = () =>
    createS3Store({
      place,
      connect: async () => s3Wire(createS3Client(undefined), bucket),
      patience: { attempts, baseMillis: 1, capMillis: 2 },
    });
  return { store: open(), again: open };
}

async function expectWholeAndOnce(store: EvidenceStore): Promise<void> {
  const copy = await mkdtemp(join(folder, 'copy-'));
  const commit = await fetchBundle(store, 'runs/', join(copy, 'bag'));
  assert.equal(commit.bundle_digest_sha256, bundle.digest);
  assert.equal((await verifyBundleFolder(join(copy, 'bag'))).verdict, 'whole-pass');
  const written = fake.bucket(bucket).versions.filter(({ key }) => key.startsWith(`${made}/`));
  assert.equal(written.length, puts, 'each key has one version');
  assert.equal(new Set(written.map(({ key }) => key)).size, puts);
}

for (const moment of ['before', 'after'] as const) {
  for (let cut = 1; cut <= puts; cut += 1) {
    test(`cut off from S3 ${moment} put ${cut} of ${puts}: nothing or the whole, and the next one finishes`, async () => {
      const { store, again } = makeStore(1);
      let seen = 0;
      schedule = ({ operation }) => {
        if (operation !== 'PutObject') return seen >= cut ? 'reset' : undefined;
        seen += 1;
        if (seen === cut) return moment === 'before' ? 'reset' : 'lost-reply';
        return seen > cut ? 'reset' : undefined;
      };
      await assert.rejects(publishBundle(store, 'runs/', bundle));
      schedule = () => undefined;
      const committed = cut === puts && moment === 'after';
      assert.equal((await readCommit(again(), 'runs/')) !== undefined, committed);
      const outcome = await publishBundle(again(), 'runs/', bundle);
      assert.equal(outcome.kind, committed ? 'identical' : 'published');
      await expectWholeAndOnce(again());
    });
  }
}

const kinds: readonly S3FaultKind[] = [
  'throttled',
  'failing',
  'failing-late',
  'reset',
  'lost-reply',
  'conflict',
  'garbled',
  'half-body',
  'altered-body',
];

test('under any schedule of faults a publish ends with the whole, or says that it could not', async () => {
  await fc.assert(
    fc.asyncProperty(
      fc.array(fc.option(fc.constantFrom(...kinds), { freq: 2, nil: undefined }), { maxLength: 60 }),
      async (faults) => {
        const { store, again } = makeStore(6);
        let at = 0;
        schedule = () => {
          at += 1;
          return faults[at - 1];
        };
        const said = await publishBundle(store, 'runs/', bundle).then(
          ({ kind }) => kind,
          () => 'failed' as const,
        );
        schedule = () => undefined;
        const committed = (await readCommit(again(), 'runs/')) !== undefined;
        if (said !== 'failed') assert.ok(committed, `${said}, and nothing is committed`);
        assert.notEqual((await publishBundle(again(), 'runs/', bundle)).kind, 'conflict');
        await expectWholeAndOnce(again());
      },
    ),
    { numRuns: 12 },
  );
});
