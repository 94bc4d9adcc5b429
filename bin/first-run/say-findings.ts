import type { Findings } from './outcome.ts';

const count = (value: number) => value.toLocaleString('en');

/** What each step found, in a line. Pure. */
export const sayFindings = {
  world: ({ merchants, countries, merchantZones, publication }: Findings['world']) =>
    `${count(merchants)} merchants, ${count(countries)} countries, ${count(merchantZones)} merchant-zones${asBefore(publication)}`,
  segment: ({ intensities, checks, checksPassed, publication }: Findings['segment']) =>
    `${count(intensities)} intensities${asBefore(publication)}; ` +
    `${checksPassed === checks ? count(checks) : `${count(checksPassed)} of ${count(checks)}`} checks of all rows PASS`,
  burst: ({ sent, admitted, loadSeconds, p99Millis }: Findings['burst']) =>
    `${count(admitted)} of ${count(sent)} admitted in ${loadSeconds.toFixed(1)} s, ` +
    `${rate(admitted, loadSeconds)}, p99 ${p99Millis.toFixed(0)} ms`,
  verdict: ({ mayClose, blockers }: Findings['verdict']) =>
    `${mayClose ? 'MAY CLOSE' : `BLOCKED by ${blockers.map(({ id }) => id).join(', ')}`}; ` +
    'computed again: the same bytes',
  query: ({ name, receipts }: Findings['query']) =>
    `${name}: ${Object.entries(receipts)
      .map(([decision, receipt]) => `${decision} ${count(Number(receipt))}`)
      .join(', ')}`,
  reports: (reports: Findings['reports']) =>
    reports.map(({ about, status }) => `${about} ${status}`).join(', '),
  proof: ({ bundles, copies, files, sha256sum }: Findings['proof']) =>
    `${count(bundles)} bundles, ${count(copies)} copies, ${count(files)} files; ` +
    (sha256sum === 'agrees' ? 'sha256sum -c agrees' : 'no sha256sum on this machine'),
};

function rate(events: number, overSeconds: number): string {
  return overSeconds > 0 ? `${count(Math.round(events / overSeconds))}/s` : 'rate unknown';
}

function asBefore(publication: 'published' | 'identical'): string {
  return publication === 'identical' ? ', as before' : '';
}
