import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { test } from 'node:test';
import { benchNames, loadBench } from '../catalogue.ts';
import { hasResult, recordSchema } from './record.ts';
import { renderPage } from './render-page.ts';

const docs = (name: string) => readFileSync(new URL(`../../../docs/${name}`, import.meta.url), 'utf8');

test('the page names every bench that exists, with the bench’s own words and targets', async () => {
  const record = recordSchema.parse(JSON.parse(docs('benchmarks.json')));
  const benches = await Promise.all(benchNames().map(loadBench));
  assert.deepEqual(
    record.benches.map(({ name, what, reading, measured, ownSides, targets }) => ({
      name,
      what,
      reading,
      measured,
      ownSides,
      targets,
    })),
    benches.map(({ name, what, reading, measured, ownSides, targets }) => ({
      name,
      what,
      reading,
      measured,
      ownSides,
      targets,
    })),
    'a bench has changed since the page was made: npm run bench -- --docs',
  );
  for (const [index, { result }] of record.benches.entries()) {
    if (!hasResult(result)) continue;
    const { subjectLabel, alternativeLabels } = benches[index] ?? {};
    assert.equal(result.subject.label, subjectLabel);
    assert.deepEqual(
      result.alternatives.map(({ label }) => label),
      alternativeLabels,
    );
  }
});

test('the page is what the record says', () => {
  const record = recordSchema.parse(JSON.parse(docs('benchmarks.json')));
  assert.equal(docs('benchmarks.md'), renderPage(record));
});
