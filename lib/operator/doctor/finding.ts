import { exitCodes } from '../../vocabulary/exit-codes.ts';

/**
 * How a look came out. `busy`: fine, but not now; `unknown`: nobody could be asked; `denied`: nobody may be
 * asked by this user. Only `ok` is ok.
 */
export type FindingState = 'ok' | 'failed' | 'denied' | 'busy' | 'unknown';

/** One line of the doctor: what was looked at, what was found, and what to do about it. Holds no secret. */
export type Finding = {
  readonly check: string;
  readonly state: FindingState;
  readonly found: string;
  /** `null` for what is ok. */
  readonly remedy: string | null;
};

/** What a look saw, or why it saw nothing. */
export type Reading<Fact> =
  | { readonly kind: 'read'; readonly fact: Fact }
  | { readonly kind: 'unread'; readonly denied: boolean; readonly why: string; readonly remedy: string };

/** A judgement of a fact that was read. */
export type Judgement =
  | { readonly state: 'ok'; readonly found: string }
  | { readonly state: 'failed' | 'busy'; readonly found: string; readonly remedy: string };

export const ok = (found: string): Judgement => ({ state: 'ok', found });
export const failed = (found: string, remedy: string): Judgement => ({ state: 'failed', found, remedy });
export const busy = (found: string, remedy: string): Judgement => ({ state: 'busy', found, remedy });

/** A reading as a finding: what could not be read is never ok, whatever the judge would have said. Pure. */
export function findingOf<Fact>(
  check: string,
  reading: Reading<Fact>,
  judge: (fact: Fact) => Judgement,
): Finding {
  if (reading.kind === 'unread') {
    return {
      check,
      state: reading.denied ? 'denied' : 'unknown',
      found: reading.why,
      remedy: reading.remedy,
    };
  }
  const judgement = judge(reading.fact);
  return { check, ...judgement, remedy: judgement.state === 'ok' ? null : judgement.remedy };
}

/** From the one that decides to the one that decides nothing. */
const severity: readonly (readonly [FindingState, keyof typeof exitCodes])[] = [
  ['failed', 'refused'],
  ['denied', 'not-permitted'],
  ['busy', 'transient'],
  ['unknown', 'transient'],
  ['ok', 'done'],
];

/** Exit of the worst line; no line at all is unknown, not ok. Pure. */
export function exitOfFindings(findings: readonly Finding[]): number {
  const worst = severity.find(([state]) => findings.some((finding) => finding.state === state));
  return exitCodes[worst?.[1] ?? 'transient'];
}
