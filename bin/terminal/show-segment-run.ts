import type { RunSummary, StateSummary } from '../../lib/segment-5a/frame/summarise-run.ts';
import { paint } from './look.ts';
import { renderTable } from './table.ts';

/** What each state published and counted, and every check of S5, as lines for people. */
export function describeSegmentRun(summary: RunSummary): readonly string[] {
  const checks = Object.entries(summary.checks);
  const failed = checks.filter(([, status]) => status !== 'PASS');
  return [
    `  segment   ${summary.segment_run_id}`,
    `  folder    ${summary.run_folder}`,
    ...(summary.bundleDigest === undefined ? [] : [`  bundle    ${summary.bundleDigest}`]),
    '',
    ...renderTable(
      ['state', 'scenario', 'publication', 'seconds', 'counts'],
      summary.states.map((state) => [
        state.state,
        state.scenarioId ?? '',
        paint(state.publication === 'identical' ? 'gray' : 'green', state.publication),
        state.seconds.toFixed(2),
        describeCounts(state),
      ]),
    ).split('\n'),
    ...(checks.length === 0
      ? []
      : [
          '',
          `${checks.length} checks over every row, ${failed.length === 0 ? 'all PASS' : `${failed.length} not PASS`}`,
          ...checks.map(
            ([id, status]) => `  ${paint(status === 'PASS' ? 'green' : 'red', status.padEnd(5))} ${id}`,
          ),
        ]),
  ];
}

function describeCounts({ counts, warnings, launches }: StateSummary): string {
  return [
    ...(launches > 1 ? [`${launches} launches`] : []),
    ...Object.entries(counts).map(([name, count]) => `${name} ${count.toLocaleString('en')}`),
    ...warnings.map((code) => paint('yellow', `warning ${code}`)),
  ].join(', ');
}
