import { remediationText } from '../gates/burst/judge-figures.ts';
import type { BurstReport } from './burst-report.ts';
import type { Provenance } from './provenance.ts';
import { noJudgement, type SegmentReport } from './segment-report.ts';

const cell = (value: string | number) => String(value).replaceAll('|', '\\|').replaceAll('\n', ' ');

function table(header: readonly string[], rows: readonly (readonly (string | number)[])[]): string {
  return [header, header.map(() => '---'), ...rows]
    .map((cells) => `| ${cells.map(cell).join(' | ')} |`)
    .join('\n');
}

const figure = (value: number | null, digits: number) => (value === null ? 'unknown' : value.toFixed(digits));

/** The report of a burst as Markdown, for a ticket. Pure. */
export function burstMarkdown(report: BurstReport): string {
  const { adjudication: judged, verdict } = report;
  const load = judged.burst_load_checks;
  const windows = judged.burst_execution_window;
  return `${[
    `# Burst ${report.execution_id}`,
    `**${judged.overall_pass ? 'passes' : 'BLOCKED'}**: ${judged.phase}, execution ${verdict.verdict}, run ${report.run_id}, ${judged.certifying ? 'certifying' : 'a rehearsal'}`,
    table(
      ['figure', 'value', 'wanted', 'judged on'],
      [
        ['multiplier', figure(load.multiplier, 4), `≥ ${load.multiplier_minimum}`, windows.judged_on.rate],
        ['admit ratio', figure(load.admit_ratio, 4), `≥ ${load.admit_ratio_minimum}`, 'all receipts'],
        [
          'duration, s',
          figure(load.duration_seconds, 3),
          `≥ ${load.duration_minimum_seconds}`,
          windows.judged_on.duration,
        ],
        [
          'budget, s',
          figure(judged.runtime_budget.elapsed_seconds, 3),
          `≤ ${judged.runtime_budget.budget_seconds}`,
          windows.judged_on.budget,
        ],
      ],
    ),
    '## Blockers',
    judged.blockers.length === 0
      ? 'none'
      : judged.blockers
          .map(({ id, remediation, meaning, reasons }) =>
            [
              `- **${id}** ${meaning}: ${reasons.join('; ')}`,
              ...remediation.map((code) => `  - **${code}** ${remediationText(code)}`),
            ].join('\n'),
          )
          .join('\n'),
    ...judged.findings.map(
      ({ id, holds, detail }) =>
        `Finding ${id}, ${holds === null ? 'unknown' : holds ? 'kept' : 'not kept'}: ${detail}.`,
    ),
    '## Windows',
    table(
      ['window', 'from', 'to', 'seconds'],
      [
        ['task life', windows.task_life],
        ['load', windows.load],
      ].map(([name, window]) =>
        typeof window === 'object' && window !== null
          ? [String(name), window.start, window.end, window.seconds.toFixed(3)]
          : [String(name), 'unknown', 'unknown', 'unknown'],
      ),
    ),
    '## Decisions',
    table(
      ['decision', 'reason', 'receipts'],
      report.database.decisions.map(({ decision, reason, events }) => [decision, reason ?? '', events]),
    ),
    table(
      [
        `from, for ${report.decisions_per_minute.span_seconds / 60} min`,
        'admitted',
        'duplicates',
        'put aside',
      ],
      report.decisions_per_minute.minutes.map(({ from, admitted, duplicates, quarantined }) => [
        from,
        admitted,
        duplicates,
        quarantined,
      ]),
    ),
    '## Lanes',
    table(
      [
        'lane',
        'ended by',
        'sent',
        'admitted',
        'duplicates',
        'unresolved',
        'checkpoint',
        'p50 ms',
        'p99 ms',
        'max ms',
      ],
      report.lanes.map((lane) => [
        lane.lane,
        lane.stop_reason,
        lane.sent,
        lane.admitted,
        lane.duplicates,
        lane.unresolved,
        report.database.checkpoints.find((kept) => kept.lane === lane.lane)?.frontier ?? 'none',
        lane.latency_ms.p50.toFixed(1),
        lane.latency_ms.p99.toFixed(1),
        lane.latency_ms.max.toFixed(1),
      ]),
    ),
    '## Do the sources agree?',
    table(
      ['', 'check', 'figures'],
      report.reconciliation.map(({ id, status, detail }) => [status, id, detail]),
    ),
    '## Where it comes from',
    provenanceOf(report.provenance),
    table(
      ['evidence', 'SHA-256'],
      [
        ['sealed bundle', report.evidence.bundle_digest_sha256],
        ['snapshot', report.evidence.snapshot_sha256],
      ],
    ),
  ].join('\n\n')}\n`;
}

/** The report of a segment run as Markdown. Pure. */
export function segmentMarkdown(report: SegmentReport): string {
  return `${[
    `# Segment 5A run ${report.segment_run_id}`,
    `**${report.overall_status ?? 'not judged'}**, ${report.issue_count} issues, tz database ${report.tz_database_version}`,
    ...(report.blocking_reasons.length === 0 ? [] : [`Blocked by ${report.blocking_reasons.join(', ')}.`]),
    ...(report.findings.length === 0
      ? []
      : ['## What does not fit', report.findings.map((finding) => `- ${finding}`).join('\n')]),
    table(
      ['scenario', 'expected arrivals'],
      report.scenarios_over_time.map(({ scenario_id, total }) => [scenario_id, total.toFixed(1)]),
    ),
    '## States',
    table(
      ['state', 'part', 'seconds', 'peak MiB'],
      report.states.map(({ state, part, seconds, peak_rss_bytes }) => [
        state,
        part,
        seconds.toFixed(3),
        Math.round(peak_rss_bytes / 2 ** 20),
      ]),
    ),
    '## Checks',
    report.checks.length === 0
      ? `${noJudgement(report)}.`
      : table(
          ['', 'check'],
          report.checks.map(({ check_id, status }) => [status, check_id]),
        ),
    '## Where it comes from',
    provenanceOf(report.provenance),
    table(
      ['identity', 'SHA-256'],
      [
        ['world and policies', report.manifest_fingerprint],
        ['policies alone', report.parameter_hash],
        ['validation bundle', report.evidence.validation_bundle_sha256 ?? noJudgement(report)],
      ],
    ),
  ].join('\n\n')}\n`;
}

const provenanceOf = (provenance: readonly Provenance[]) =>
  table(
    ['part', 'source'],
    provenance.map(({ part, source }) => [part, source]),
  );
