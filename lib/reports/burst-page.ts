import { remediationText } from '../gates/burst/judge-figures.ts';
import type { BurstReport } from './burst-report.ts';
import { decisions, overTime } from './burst-series.ts';
import {
  badge,
  checkList,
  type Html,
  html,
  page,
  provenanceTable,
  raw,
  type Tone,
  table,
  tile,
} from './page.ts';

const whole = (value: number) => value.toLocaleString('en');
const fixed = (value: number | null, digits: number, unit = '') =>
  value === null ? 'unknown' : `${value.toFixed(digits)}${unit}`;
const toneOf: Readonly<Record<string, Tone>> = {
  PASS: 'good',
  FAIL: 'bad',
  WARN: 'unsure',
  ERROR: 'unsure',
  INDETERMINATE: 'unsure',
};

/** The report of a burst as one self-contained page. Pure: the same report gives the same bytes. */
export function burstPage(report: BurstReport): string {
  const { adjudication: judged, verdict } = report;
  const closes = judged.overall_pass;
  const heading = closes ? (judged.certifying ? 'May close' : 'Would pass') : 'Blocked';
  return page(
    `Burst ${report.execution_id}`,
    html`<header><h1>Burst ${report.execution_id}</h1><p>run ${report.run_id} in ${report.environment}${
      report.opened === null ? '' : `, plan ${report.opened.plan.name}, gate ${report.opened.gate_spec.name}`
    }</p>
<div class="verdict"><strong class="${closes ? 'good' : 'bad'}">${heading}: ${judged.phase}</strong>${badge(
      toneOf[verdict.verdict] ?? 'plain',
      `execution ${verdict.verdict}`,
    )}${judged.certifying ? badge('plain', 'certifying') : badge('unsure', 'rehearsal: opens and clears nothing')}</div></header>
${judgement(report)}${overTime(report)}${decisions(report)}${lanes(report)}${reconciliation(report)}${sources(report)}`,
  );
}

function judgement({ adjudication: judged }: BurstReport): Html {
  const load = judged.burst_load_checks;
  const windows = judged.burst_execution_window;
  const tiles = [
    tile(
      'Multiplier of the baseline',
      fixed(load.multiplier, 3),
      `at least ${load.multiplier_minimum}, over ${windows.judged_on.rate}`,
    ),
    tile(
      'Admit ratio',
      fixed(load.admit_ratio, 4),
      `at least ${load.admit_ratio_minimum}, over all receipts`,
    ),
    tile(
      'Admitted',
      load.admitted === null ? 'unknown' : whole(load.admitted),
      `${load.duplicates === null ? '?' : whole(load.duplicates)} duplicates, ${load.quarantined === null ? '?' : whole(load.quarantined)} put aside`,
    ),
    tile(
      'Task life',
      fixed(windows.task_life?.seconds ?? null, 1, ' s'),
      `at least ${judged.gate_spec.duration_seconds.minimum} s, at most ${judged.gate_spec.duration_seconds.maximum} s`,
    ),
    tile('Load', fixed(windows.load?.seconds ?? null, 1, ' s'), 'first answered send to last answer'),
    tile(
      'Longest stall',
      fixed(judged.lag_checkpoint_checks.longest_stall_seconds, 1, ' s'),
      `at most ${judged.gate_spec.longest_stall_seconds} s without a checkpoint`,
    ),
  ];
  const blockers = judged.blockers.map(
    ({ id, meaning, remediation, reasons }) =>
      html`<div class="blocker"><strong>${id}</strong> ${meaning}<ul>${reasons.map((reason) => html`<li>${reason}</li>`)}</ul>${remediation.map(
        (code) => html`<p>${badge('unsure', code)} ${remediationText(code)}</p>`,
      )}</div>`,
  );
  return html`<section><h2>Judgement</h2><div class="tiles">${tiles}</div>${
    blockers.length === 0 ? html`<p>No blocker is open by this burst.</p>` : blockers
  }${judged.undetermined.length === 0 ? raw('') : html`<p>Not judged, because evidence is missing: ${judged.undetermined.join(', ')}.</p>`}${judged.findings.map(
    ({ id, holds, detail }) =>
      html`<p>${badge(holds === true ? 'good' : 'unsure', holds === null ? 'unknown' : holds ? 'kept' : 'not kept')} ${id}: ${detail}.</p>`,
  )}</section>`;
}

function lanes({ lanes: all, database }: BurstReport): Html {
  return html`<section><h2>Lanes</h2>${table(
    [
      'lane',
      'epoch',
      'ended by',
      'sent',
      'admitted',
      'duplicates',
      'put aside',
      'unresolved',
      'sent again',
      'checkpoint',
      'p50 ms',
      'p99 ms',
      'max ms',
    ],
    all.map((lane) => {
      const kept = database.checkpoints.find((checkpoint) => checkpoint.lane === lane.lane);
      return [
        lane.lane,
        lane.epoch,
        lane.stop_reason,
        whole(lane.sent),
        whole(lane.admitted),
        whole(lane.duplicates),
        whole(lane.quarantined),
        whole(lane.unresolved),
        whole(Object.values(lane.retries).reduce((sum, count) => sum + count, 0)),
        kept === undefined ? 'none' : html`<span title="${kept.updated_at}">${whole(kept.frontier)}</span>`,
        lane.latency_ms.p50.toFixed(1),
        lane.latency_ms.p99.toFixed(1),
        lane.latency_ms.max.toFixed(1),
      ];
    }),
    { numeric: [0, 1, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12], phone: 'cards' },
  )}</section>`;
}

function reconciliation({ reconciliation: checks }: BurstReport): Html {
  return html`<section><h2>Do the sources agree?</h2>${checkList(
    checks.map(({ id, status, detail }) => ({
      mark: badge(toneOf[status] ?? 'plain', status),
      name: html`${id}<div class="detail">${detail}</div>`,
    })),
  )}</section>`;
}

function sources({ provenance, evidence, opened }: BurstReport): Html {
  return html`<section><h2>Where it comes from</h2>${provenanceTable(provenance)}${table(
    ['evidence', 'SHA-256'],
    [
      ['sealed bundle', html`<code>${evidence.bundle_digest_sha256}</code>`],
      ['snapshot', html`<code>${evidence.snapshot_sha256}</code>`],
      ...(opened === null
        ? []
        : [
            ['plan', html`<code>${opened.plan_sha256}</code>`],
            ['gate', html`<code>${opened.gate_spec_sha256}</code>`],
            ['source', html`<code>${opened.source_sha256}</code>`],
          ]),
    ],
    { phone: 'pairs' },
  )}</section><footer>Computed from sealed evidence and the database; the same evidence gives this page again.</footer>`;
}
