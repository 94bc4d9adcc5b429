import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { canonicalBytes } from '../../../../lib/evidence/format/canonical-json.ts';
import { sha256Of } from '../../../../lib/evidence/format/digest.ts';
import type { EvidenceItem } from '../../../../lib/gates/burst/read-figures.ts';
import { adjudicateBurst } from '../../../../lib/gates/burst/snapshot.ts';
import { executionIdSchema, runIdSchema } from '../../../../lib/vocabulary/identifiers.ts';
import { burstEvidence, burstSubject, relaunchedTooLate } from '../../../support/burst-evidence.ts';
import { sampleGate } from '../../../support/sample-burst.ts';

const adjudicate = (items: readonly EvidenceItem[], subject = burstSubject) =>
  adjudicateBurst(subject, items, sampleGate());
const ids = (items: readonly EvidenceItem[], subject = burstSubject) =>
  adjudicate(items, subject).blockers.map(({ id }) => id);

const byPath = (items: readonly EvidenceItem[], path: string, change: (item: EvidenceItem) => EvidenceItem) =>
  items.map((item) => (item.path === path ? change(item) : item));
/** Rewrites a document and its digest, as whoever wanted to deceive would. */
function rewritten(path: string, change: (document: Record<string, never>) => object) {
  return byPath(burstEvidence(), path, (item) => {
    const document = change(JSON.parse(new TextDecoder().decode(item.content)));
    const content = canonicalBytes(JSON.parse(JSON.stringify(document)));
    return { ...item, content, sha256: sha256Of(content) };
  });
}
const otherRun = { ...burstSubject, runId: runIdSchema.parse('platform_20260219T234150Z') };
const otherExecution = { ...burstSubject, executionId: executionIdSchema.parse('m10_20260221T054300Z') };

const attacks: readonly (readonly [
  what: string,
  items: readonly EvidenceItem[],
  blockers: readonly string[],
  subject?: typeof burstSubject,
])[] = [
  ['nothing at all', [], ['M10F-B5']],
  ['another run', burstEvidence(), ['M10F-B6'], otherRun],
  ['another execution', burstEvidence(), ['M10F-B6'], otherExecution],
  ['another environment', burstEvidence(), ['M10F-B6'], { ...burstSubject, environment: 'prod' }],
  [
    'a lane result of another run',
    rewritten('launches/Lane/0/result.json', (document) => ({ ...document, run_id: otherRun.runId })),
    ['M10F-B6'],
  ],
  [
    'an altered count',
    byPath(burstEvidence(), 'launches/Close/0/result.json', (item) => ({
      ...item,
      content: canonicalBytes({ admitted: 1e6 }),
    })),
    ['M10F-B5'],
  ],
  [
    'an empty result',
    byPath(burstEvidence(), 'launches/Close/0/result.json', (item) => ({
      ...item,
      content: new Uint8Array(),
      sha256: sha256Of(new Uint8Array()),
    })),
    ['M10F-B5'],
  ],
  [
    'a result made by hand',
    byPath(burstEvidence(), 'launches/Close/0/result.json', (item) => ({ ...item, origin: 'manual' })),
    ['M10F-B5'],
  ],
  [
    'a record made by hand',
    byPath(burstEvidence(), 'launches/Lane/0/task-record.json', (item) => ({ ...item, origin: 'manual' })),
    ['M10F-B5'],
  ],
  [
    'a count that was raised, digest and all',
    rewritten('launches/Close/0/result.json', (document) => ({
      ...document,
      output: { ...Object(document.output), admitted: 99_999 },
    })),
    ['M10F-B5'],
  ],
  [
    'a record of last week',
    rewritten('launches/Lane/0/task-record.json', (document) => ({
      ...document,
      started_at: '2026-02-14T06:07:00.000Z',
    })),
    ['M10F-B5'],
  ],
  [
    'a record that stops before it starts',
    rewritten('launches/Lane/3/task-record.json', (document) => ({
      ...document,
      stopped_at: '2026-02-21T06:06:59.000Z',
    })),
    ['M10F-B5'],
  ],
  [
    'a record of another schema',
    rewritten('launches/Lane/0/task-record.json', (document) => ({
      ...document,
      schema: 'fraud-platform/task-record/v9',
    })),
    ['M10F-B5'],
  ],
  [
    'a count of another schema, digest and all',
    rewritten('launches/Close/0/result.json', (document) => ({
      ...document,
      output: { ...Object(document.output), schema: 'fraud-platform/closed-scope/v9' },
    })),
    ['M10F-B5'],
  ],
  [
    'a lane that stopped after the scope was closed',
    rewritten('launches/Lane/3/task-record.json', (document) => ({
      ...document,
      stopped_at: '2026-02-21T06:24:25.000Z',
    })),
    ['M10F-B5'],
  ],
  [
    'a lane that began before the scope was open',
    rewritten('launches/Lane/0/task-record.json', (document) => ({
      ...document,
      started_at: '2026-02-21T06:06:40.000Z',
    })),
    ['M10F-B5'],
  ],
  [
    'an execution that is still running',
    burstEvidence().filter(({ path }) => path !== 'execution-record.json'),
    ['M10F-B5'],
  ],
  ['a negative count', burstEvidence({ closed: { admitted: -1 } }), ['M10F-B5']],
  ['NaN for a count', burstEvidence({ closed: { duplicates: 'NaN' } }), ['M10F-B5']],
  ['counts of another run', burstEvidence({ closed: { run_id: otherRun.runId } }), ['M10F-B6']],
  ['a lane that failed', burstEvidence({ laneExit: 65 }), ['M10F-B9']],
];
for (const [what, items, blockers, subject] of attacks) {
  test(`blocked, never a pass: ${what}`, () => {
    const snapshot = adjudicate(items, subject);
    const found = snapshot.blockers.map(({ id }) => id);
    assert.equal(snapshot.overall_pass, false, JSON.stringify(found));
    for (const id of blockers) assert.ok(found.includes(id), `${id} is not among ${found.join(', ')}`);
  });
}

test('property: no removal of evidence turns anything into a pass', () => {
  const items = burstEvidence();
  fc.assert(
    fc.property(
      fc.subarray(
        items.map(({ path }) => path),
        { maxLength: items.length - 1 },
      ),
      (kept) => {
        const left = items.filter(({ path }) => kept.includes(path));
        assert.equal(
          adjudicate(left).overall_pass,
          false,
          items
            .filter(({ path }) => !kept.includes(path))
            .map(({ path }) => path)
            .join(),
        );
      },
    ),
    { numRuns: 300 },
  );
  for (const { path } of items) {
    assert.notDeepEqual(ids(items.filter((item) => item.path !== path)), [], `without ${path}`);
  }
});

test('property: no removal or alteration of evidence of a blocked burst turns it into a pass', () => {
  const blocked = [
    burstEvidence({ closed: { admitted: 0, duplicates: 10_002 } }),
    burstEvidence({ seconds: 800 }),
    burstEvidence({ laneExit: 65 }),
    burstEvidence({ lane: { unresolved: 3 } }),
    burstEvidence({ plan: { rate: { multiplier: 2, baseline_admits_per_minute: 418.66295264623955 } } }),
  ];
  for (const items of blocked) assert.equal(adjudicate(items).overall_pass, false);
  fc.assert(
    fc.property(
      fc.constantFrom(...blocked),
      fc.array(fc.record({ item: fc.nat(), byte: fc.nat(), value: fc.integer({ min: 0, max: 255 }) }), {
        maxLength: 3,
      }),
      fc.array(fc.nat(), { maxLength: 4 }),
      (items, alterations, removals) => {
        const gone = new Set(removals.map((index) => index % items.length));
        const changed = items
          .map((item, index) => {
            let { content } = item;
            for (const { item: which, byte, value } of alterations) {
              if (which % items.length === index && content.length > 0)
                content = content.with(byte % content.length, value);
            }
            return { ...item, content };
          })
          .filter((_, index) => !gone.has(index));
        assert.equal(adjudicate(changed).overall_pass, false);
      },
    ),
    { numRuns: 500 },
  );
});

/** Every member of a document, however deep. */
function pathsIn(value: unknown, path: readonly string[] = []): readonly (readonly string[])[] {
  if (typeof value !== 'object' || value === null) return [];
  return Object.entries(value).flatMap(([name, inner]) => [
    [...path, name],
    ...pathsIn(inner, [...path, name]),
  ]);
}

/** A document with one member replaced by what `change` makes of it, or without it. */
function withMember(
  value: unknown,
  [name = '', ...rest]: readonly string[],
  change: (old: unknown) => unknown,
): unknown {
  const copy: Record<string, unknown> = { ...Object(value) };
  const made = rest.length === 0 ? change(copy[name]) : withMember(copy[name], rest, change);
  if (made === undefined) delete copy[name];
  else copy[name] = made;
  return Array.isArray(value) ? Object.values(copy) : copy;
}

/** What somebody might write instead: other numbers, other times, the words of success, nothing. */
function replaced(old: unknown, by: number): unknown {
  if (by % 9 === 0) return undefined;
  if (typeof old === 'number') return [0, old * 2, old * 10, Math.round(old / 2), -old, 1e9][by % 6];
  if (typeof old === 'string' && !Number.isNaN(Date.parse(old)) && old.endsWith('Z')) {
    const seconds = [-7_200, -600, -120, -30, -5, 5, 30, 120, 600, 7_200][by % 10] ?? 0;
    return new Date(Date.parse(old) + seconds * 1_000).toISOString();
  }
  if (typeof old === 'string') return ['PASS', 'SUCCEEDED', 'done', '', '1'][by % 5];
  return null;
}

test('property: nobody who rewrites one item, its digest with it, turns a blocked burst into a pass', () => {
  const half = (admitted: number) =>
    [0, 1].map((lane) => ({ lane, frontier: String(admitted / 2), epoch: '1' }));
  const blocked = [
    burstEvidence({ closed: { admitted: 0, duplicates: 10_002 } }),
    burstEvidence({ closed: { duplicates: 277 } }),
    burstEvidence({ closed: { admitted: 21_000, checkpoints: half(21_000) } }),
    burstEvidence({ seconds: 800 }),
    burstEvidence({ seconds: 895 }),
    burstEvidence({ seconds: 5_500, closed: { admitted: 130_000, checkpoints: half(130_000) } }),
    burstEvidence({ laneExit: 65 }),
    burstEvidence({ lane: { unresolved: 3 } }),
    burstEvidence({ lane: { longest_stall_ms: 70_000 } }),
    burstEvidence(relaunchedTooLate(10_585, { killedAfter: 970 })),
    burstEvidence({ relaunched: 0, first: { stop_reason: 'checkpoint-lost', longest_stall_ms: 300_000 } }),
    burstEvidence({ plan: { rate: { multiplier: 2, baseline_admits_per_minute: 418.66295264623955 } } }),
  ];
  for (const items of blocked) assert.equal(adjudicate(items).overall_pass, false);
  fc.assert(
    fc.property(fc.constantFrom(...blocked), fc.nat(), fc.nat(), fc.nat(), (items, which, where, by) => {
      const item = items[which % items.length] ?? assert.fail();
      const document: unknown = JSON.parse(new TextDecoder().decode(item.content));
      const paths = pathsIn(document);
      const path = paths[where % paths.length] ?? [];
      const forged = withMember(document, path, (old) => replaced(old, by));
      const content = canonicalBytes(JSON.parse(JSON.stringify(forged)));
      const changed = items.map((one) =>
        one === item ? { ...one, content, sha256: sha256Of(content) } : one,
      );
      assert.equal(adjudicate(changed).overall_pass, false, `${item.path} ${path.join('.')}`);
    }),
    { numRuns: 200 },
  );
});
