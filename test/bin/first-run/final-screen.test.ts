import assert from 'node:assert/strict';
import { test } from 'node:test';
import { finalScreen, type Reader } from '../../../bin/first-run/final-screen.ts';
import { type Outcome, outcomeDocument } from '../../../bin/first-run/outcome.ts';
import { sayFindings } from '../../../bin/first-run/say-findings.ts';
import { plainText } from '../../../bin/terminal/text-width.ts';
import { sampleFindings, sampleOutcome } from '../../support/sample-outcome.ts';

const reader = (width: number): Reader => ({
  width,
  shortPath: (path) => path.replace('/clone/', ''),
});

const screenOf = (outcome: Outcome, whose: Reader) => plainText(finalScreen(outcome, whose));

test('the last screen fits a terminal of 80 by 24 and says everything in it', () => {
  assert.deepEqual(screenOf(sampleOutcome, reader(80)).split('\n'), [
    '',
    'The whole chain ran on this machine: world small, seed 42                 21.4 s',
    'environment  PostgreSQL 127.0.0.1:20001, AWS wire 127.0.0.1:20002          2.3 s',
    'world        forty merchants                                               0.2 s',
    'segment      half a million intensities                                    4.3 s',
    'burst        four thousand admitted                                        8.6 s',
    'verdict      BLOCKED by M10F-B1; computed again: the same bytes            0.1 s',
    'query        receipts_window                                               1.1 s',
    'reports      burst BLOCKED, segment PASS                                   2.9 s',
    'proof        8 bundles, 20 copies, 341 files; sha256sum -c agrees          0.9 s',
    '',
    'BLOCKED      M10.F bounded burst, by the gate m10f-burst',
    'M10F-B1      6.409 s over task_life, of 900 (the profile was missed: multiplier,',
    '             duration or admit ratio)',
    '             A rehearsal shows blockers and clears none, however well it went.',
    '',
    'Reports      .fraud-platform/reports/burst/report.html',
    '             .fraud-platform/reports/segment/report.html',
    'State        .fraud-platform (65 MiB, 5.2 MiB of it from this run)',
    '             stop: npx fraudctl local down, remove: npx fraudctl local remove',
    'Next         npm start -- --scale full                      71 million rows',
    '             npx fraudctl runs show burst_20260221T060431Z  its evidence',
    '             npx fraudctl query list                        what can be asked',
    '             npx fraudctl --help                            everything else',
  ]);
});

test('who has just run the full world is not told to run it', () => {
  const screen = screenOf({ ...sampleOutcome, scale: 'full' }, reader(80));
  assert.match(screen, /^Next {9}npm start -- --seed 43 +another world$/m);
  assert.doesNotMatch(screen, /--scale full/);
});

test('on a narrow terminal nothing but an unbreakable word is wider, and nothing is left out', () => {
  const wide = screenOf(sampleOutcome, reader(110));
  for (const width of [60, 45]) {
    const screen = screenOf(sampleOutcome, reader(width));
    const words = (text: string) => text.split(/[\s,]+/).sort();
    assert.deepEqual(words(screen), words(wide));
    const breakable = (line: string) => line.slice(13).includes(' ') && !line.includes('npx fraudctl');
    assert.deepEqual(
      screen.split('\n').filter((line) => line.length > width && breakable(line)),
      [],
    );
  }
});

test('what passes is said as it is; a burst that certifies is not called a rehearsal', () => {
  const passed: Outcome = {
    ...sampleOutcome,
    findings: {
      ...sampleFindings,
      verdict: { ...sampleFindings.verdict, mayClose: true, certifying: true, blockers: [] },
    },
  };
  const screen = screenOf(passed, reader(80));
  assert.match(screen, /^MAY CLOSE {4}M10\.F bounded burst/m);
  assert.doesNotMatch(screen, /BLOCKED {6}|rehearsal|M10F-B1 {6}/);
});

test('what is found again is said to be as before; a check that did not pass is counted', () => {
  const { world, segment } = sampleFindings;
  assert.equal(
    sayFindings.world({ ...world, publication: 'identical' }),
    '40 merchants, 12 countries, 740 merchant-zones, as before',
  );
  assert.equal(sayFindings.segment(segment), '497,280 intensities; 30 checks of all rows PASS');
  assert.equal(
    sayFindings.segment({ ...segment, publication: 'identical', checksPassed: 29 }),
    '497,280 intensities, as before; 29 of 30 checks of all rows PASS',
  );
});

test('a burst without a load has no rate, and a machine without sha256sum says so', () => {
  const { burst, proof } = sampleFindings;
  assert.equal(sayFindings.burst(burst), '4,500 of 4,500 admitted in 4.8 s, 929/s, p99 43 ms');
  assert.match(sayFindings.burst({ ...burst, loadSeconds: 0 }), /rate unknown/);
  assert.match(sayFindings.proof({ ...proof, sha256sum: 'absent' }), /no sha256sum/);
});

test('every line of a step fits beside its label on 80 columns, at full size too', () => {
  const full: typeof sampleFindings = {
    ...sampleFindings,
    world: { ...sampleFindings.world, merchants: 886, countries: 53, merchantZones: 16_528 },
    segment: { ...sampleFindings.segment, intensities: 71_400_960 },
  };
  const lines = [
    sayFindings.world(full.world),
    sayFindings.segment(full.segment),
    sayFindings.burst(full.burst),
    sayFindings.verdict(full.verdict),
    sayFindings.query(full.query),
    sayFindings.reports(full.reports),
    sayFindings.proof(full.proof),
  ];
  assert.deepEqual(
    lines.filter((line) => line.length > 55),
    [],
  );
});

test('the document for programs has a schema and every figure', () => {
  const document = outcomeDocument(sampleOutcome);
  assert.equal(document.schema, 'fraud-platform/first-run/v1');
  assert.deepEqual(Object.keys(document), [
    'schema',
    'scale',
    'seed',
    'seconds',
    'steps',
    'world',
    'segment',
    'burst',
    'verdict',
    'query',
    'reports',
    'proof',
    'state',
  ]);
  assert.deepEqual(JSON.parse(JSON.stringify(document)), document);
});
