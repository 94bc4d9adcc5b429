import { limitMinutes, usualRounds } from '../arguments.ts';
import { ratioMeasures } from '../definition.ts';
import { measureNames, shown, shownRange } from '../figures.ts';
import { renderFigures, renderRatios } from '../render.ts';
import type { HeldRatio } from './hold-ratios.ts';
import { type BenchmarkRecord, type BenchRecord, hasResult, type RecordedResult } from './record.ts';

/** Below this a ratio above 1 is noise and no loss. */
const noticed = 1.05;
/** Load beside that of the bench before, which the minute's mean still holds. */
const quietLoad = 1;

/** `docs/benchmarks.md` out of what was measured. Pure. */
export function renderPage(record: BenchmarkRecord): string {
  const results = record.benches.map(({ result }) => result).filter(hasResult);
  const compared = record.benches.filter(({ ownSides }) => ownSides !== true).flatMap(resultOf);
  const own = record.benches.filter(({ ownSides }) => ownSides === true).flatMap(resultOf);
  const minutes = Math.ceil(record.benches.reduce((sum, { seconds }) => sum + seconds, 0) / 60);
  const dates = record.benches.map(({ date }) => date).sort();
  const [first = '', last = ''] = [dates[0], dates.at(-1)];
  return [
    '# Benchmarks',
    '',
    'What the work costs here beside what people would use instead, both measured in the same run. Written by',
    `\`npm run bench -- --docs\` ${first === last ? `on ${first}` : `from ${first} to ${last}`}, in ${minutes} minutes; what it measured stands in \`benchmarks.json\` beside this`,
    'page.',
    '',
    ...machineLines(record),
    '## Ratios',
    '',
    'Ours over theirs: 0.25 is a quarter, 2 is twice as much. Median of the rounds, then the smallest and the',
    'largest. Read the CPU column first: it moves least when something else runs on the machine.',
    '',
    renderRatios(compared),
    '',
    ...costlierLines(compared),
    '## One work of ours beside another',
    '',
    'No loss where it is more: how the cost of one follows that of the other.',
    '',
    renderRatios(own),
    '',
    ...againLines(record.benches),
    '## Figures',
    '',
    'Medians, ± the median distance from them. They are this machine’s; ratios travel, seconds do not.',
    '',
    renderFigures(results),
    '',
    ...targetLines(record.benches),
    ...benchLines(record.benches),
    ...readingLines(),
  ].join('\n');
}

const resultOf = ({ result }: BenchRecord): readonly RecordedResult[] => (hasResult(result) ? [result] : []);

function machineLines({ machine, versions, benches }: BenchmarkRecord): readonly string[] {
  const { processor, cores, memoryGibibytes, kernel, architecture } = machine;
  const load = Math.max(...benches.map(({ loadBefore }) => loadBefore));
  const busy = benches.filter(({ loadBefore }) => loadBefore > cores + quietLoad);
  const rows = Object.entries({
    processor: `${processor}, ${architecture}`,
    cores: String(cores),
    memory: `${memoryGibibytes} GiB`,
    kernel,
    ...versions,
  });
  return [
    '## Machine and versions',
    '',
    '| | |',
    '| --- | --- |',
    ...rows.map(([name, value]) => `| ${name} | ${value} |`),
    '',
    ...(busy.length === 0
      ? []
      : [
          `**The machine was busy with other work** before ${busy.length} of ${benches.length} benches (up to ${load} processes ready to run on ${cores}`,
          'cores): seconds are too many then, targets in seconds may be missed for it, and wall ratios are rough.',
          '',
        ]),
  ];
}

/** Every loss, whatever its reason; the reason stands with the bench. */
function costlierLines(results: readonly RecordedResult[]): readonly string[] {
  const lines = results.flatMap(({ bench, alternatives }) =>
    alternatives.flatMap((alternative) => {
      const more = ratioMeasures.flatMap((measure) => {
        const ratio = alternative[measure]?.median ?? 0;
        return ratio > noticed ? [`${shownRange(alternative[measure])} of the ${nouns[measure]}`] : [];
      });
      return more.length === 0 ? [] : [`- \`${bench}\` beside ${alternative.label}: ${more.join(', ')}`];
    }),
  );
  return [
    '## Where ours costs more',
    '',
    ...(lines.length === 0 ? ['Nowhere in this table.'] : lines),
    '',
    'Why, and what is done for it, is said below with each bench.',
    '',
  ];
}

const nouns = { wallRatio: 'time', cpuRatio: 'CPU seconds', peakRatio: 'memory' } as const;

function againLines(benches: readonly BenchRecord[]): readonly string[] {
  const again = benches.flatMap((bench) => bench.again ?? []);
  if (again.length === 0) return [];
  const ratios = again.reduce((sum, one) => sum + one.ratios, 0);
  const moved = again.flatMap((one) => one.moved);
  return [
    '## Measured again',
    '',
    `Beside what was measured before, ${ratios - moved.length} of ${ratios} ratios hold: one median lies between the smallest and the`,
    'largest ratio of the other’s rounds, or within a tenth of its median.',
    '',
    ...(moved.length === 0 ? [] : [...moved.map((each) => `- moved: ${each}`), '']),
  ];
}

function targetLines(benches: readonly BenchRecord[]): readonly string[] {
  const rows = benches.flatMap(({ name, targets, result }) =>
    targets.map(({ measure, atMost, beside }, index) => {
      const verdict = hasResult(result) ? result.targets[index] : undefined;
      const found = verdict?.value === undefined ? 'unknown' : shown(measure, verdict.value);
      const what = `${measureNames[measure]}${beside === undefined ? '' : ` beside ${beside}`}`;
      return `| ${[name, what, shown(measure, atMost), found, verdict?.verdict ?? 'not measured'].join(' | ')} |`;
    }),
  );
  return [
    '## Targets',
    '',
    'Each bench holds its own; `npm run bench` exits 65 when one is missed.',
    '',
    '| bench | measure | at most | found | |',
    '| --- | --- | --- | --- | --- |',
    ...rows,
    '',
  ];
}

function benchLines(benches: readonly BenchRecord[]): readonly string[] {
  return [
    '## What each bench does',
    '',
    ...benches.flatMap(({ name, what, reading, measured, result }) => [
      `- **\`${name}\`**: ${what}.${measured === undefined ? '' : ` *Measured*: ${measured}.`}${reading === undefined ? '' : ` ${reading}`}${hasResult(result) ? '' : ` **Not measured here: ${result.notMeasured}.**`}`,
    ]),
    '',
  ];
}

function readingLines(): readonly string[] {
  return [
    '## How it is measured',
    '',
    '- A round runs every side once, one after the other, and every round starts with another side. A ratio is',
    '  that of the two runs of one round, so what slows the machine for a while slows both.',
    '- CPU seconds are user and system time of the whole process tree, and of the servers that did the work: the',
    '  gate, PostgreSQL, the local cloud. What only sends requests is not counted.',
    '- Peak memory is the resident memory of the same processes, looked at every 20 ms; of work inside one process',
    '  the kernel’s own high-water mark. Memory shared on purpose counts once, a program’s pages for each process.',
    `- ${usualRounds} rounds after one that is not measured, unless the table says otherwise. Each bench is a process of its own.`,
    '- Sides that make tables are held to the same tables before they are measured: rows, keys, and every value',
    '  within one part in 10¹². Sides that take events are held to the same number of rows.',
    `- \`npm run bench -- --quick\` measures a choice in about two minutes, \`npm run bench -- --check\` holds what it`,
    `  measures beside this page. A run that takes longer than ${limitMinutes.full} minutes (quick: ${limitMinutes.quick}) is stopped.`,
    '',
    '## What is not measured',
    '',
    '- AWS: Fargate start and pull times, RDS, S3 and the network between them. The local cloud runs the same',
    '  programs on loopback, where an answer takes microseconds.',
    '- Machines with more cores, other processors and other disks; the database syncs to the disk of this machine.',
    '- The alternatives as their authors would tune them: they are what one would write first, and stand in',
    '  `test/bench/alternatives/` to be read and bettered.',
    '',
  ];
}

/** One ratio that has moved, from what to what. */
export function describeMove({ bench, beside, measure, before, after }: HeldRatio): string {
  return `${bench} beside ${beside}: ${measureNames[measure]} was ${shownRange(before)}, is ${shownRange(after)}`;
}

/** Beside an earlier record, ratio by ratio; for a terminal. */
export function renderHeldRatios(held: readonly HeldRatio[]): string {
  const moved = held.filter(({ holds }) => !holds);
  return [
    `${held.length - moved.length} of ${held.length} ratios hold beside docs/benchmarks.json`,
    ...moved.map((each) => `moved: ${describeMove(each)}`),
  ].join('\n');
}
