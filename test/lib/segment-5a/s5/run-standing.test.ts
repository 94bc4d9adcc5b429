import assert from 'node:assert/strict';
import { test } from 'node:test';
import { sha256Of } from '../../../../lib/evidence/format/digest.ts';
import {
  type FoundBundle,
  type FoundReceipt,
  standingOf,
} from '../../../../lib/segment-5a/s5/run-standing.ts';

const digest = sha256Of('files');
const receipt = (name: string, change: Partial<FoundReceipt> = {}): FoundReceipt => ({
  name,
  digest,
  altered: [],
  ...change,
});
const names = ['S0', 'S1', 'S2', 'S3', 'S4/a/00', 'S4/a/01'];
const all = names.map((name) => receipt(name));
const bundle = (judged: FoundBundle['judged'], sealed: readonly string[] = names): FoundBundle => ({
  folder: typeof judged === 'object' ? 'broken' : judged.toLowerCase(),
  judged,
  digest: sha256Of(JSON.stringify(judged)),
  sealed: new Map(sealed.map((name) => [name, digest])),
});
const said = (receipts: readonly FoundReceipt[], bundles: readonly FoundBundle[]) => {
  const { status, bundle: speaker, findings } = standingOf(receipts, bundles);
  return { status, speaker: speaker?.folder, findings };
};

test('PASS is said of a whole bundle about what is there, and everything of it is shown', () => {
  assert.deepEqual(said(all, [bundle('PASS')]), { status: 'PASS', speaker: 'pass', findings: [] });
  assert.deepEqual([...standingOf(all, [bundle('PASS')]).shown], names);
  assert.deepEqual(said(all, []), { status: null, speaker: undefined, findings: [] });
  assert.equal(standingOf(all, []).shown.size, all.length);
});

test('a broken bundle, an altered file, another receipt: no PASS', () => {
  const broken = said(all, [bundle({ fault: '_passed.flag is missing' })]);
  assert.deepEqual(broken, {
    status: 'ALTERED',
    speaker: undefined,
    findings: ['broken is no judgement of this run: _passed.flag is missing'],
  });
  const altered = [...all.slice(0, -1), receipt('S4/a/01', { altered: ['part-0.parquet'] })];
  assert.deepEqual(said(altered, [bundle('PASS')]), {
    status: 'ALTERED',
    speaker: undefined,
    findings: [
      'part-0.parquet is gone, or altered since it was published',
      'S5 has said PASS in pass, of what is published here',
    ],
  });
  assert.ok(!standingOf(altered, [bundle('PASS')]).shown.has('S4/a/01'));
  for (const receipts of [
    [...all.slice(0, -1), receipt('S4/a/01', { digest: sha256Of('another') })],
    all.slice(0, -1),
  ]) {
    assert.deepEqual(said(receipts, [bundle('PASS')]), {
      status: 'ALTERED',
      speaker: undefined,
      findings: ['S5 has said PASS in pass, of other outputs than are here: S4/a/01'],
    });
  }
});

test('FAIL is told beside a PASS that holds, and is what holds when the PASS does not', () => {
  assert.deepEqual(said(all, [bundle('PASS'), bundle('FAIL')]), {
    status: 'PASS',
    speaker: 'pass',
    findings: ['S5 has said FAIL in fail, of what is published here'],
  });
  const altered = [receipt('S0'), receipt('S1', { altered: ['profile.parquet'] }), ...all.slice(2)];
  const found = said(altered, [bundle('PASS'), bundle('FAIL')]);
  assert.deepEqual([found.status, found.speaker], ['FAIL', 'fail']);
});

test('a FAIL of what has changed since is none, and is told; of several the one that knew most speaks', () => {
  const incomplete = bundle('FAIL', [...names, 'S4/b/00']);
  assert.deepEqual(said(all, [incomplete]), {
    status: null,
    speaker: undefined,
    findings: ['S5 has said FAIL in fail, of other outputs than are here: S4/b/00'],
  });
  for (const sealed of [[], names.slice(0, 4), names.slice(0, 5)]) {
    const before = said(all, [bundle('FAIL', sealed)]);
    assert.deepEqual(
      [before.status, before.speaker],
      [null, undefined],
      'S4 was published, or went on, since',
    );
    assert.match(before.findings.join(), /^S5 has said FAIL in fail, of other outputs than are here: S/);
  }
  const early = { ...bundle('FAIL', names.slice(0, 4)), folder: 'early' };
  assert.equal(said(all, [early, bundle('FAIL')]).speaker, 'fail');
});

test('what S5 has not judged of a run that passed is left out, and told once an output', () => {
  const more = [...all, receipt('S4/b/00'), receipt('S4/b/01')];
  assert.deepEqual(said(more, [bundle('PASS')]), {
    status: 'PASS',
    speaker: 'pass',
    findings: ['S4 of b is left out: S5 has not judged it'],
  });
  assert.deepEqual([...standingOf(more, [bundle('PASS')]).shown], names);
  for (const sealed of [[], names.slice(0, 4)]) {
    assert.equal(standingOf(all, [bundle('PASS', sealed)]).status, 'ALTERED', 'a PASS of less than a run');
  }
});
