import { splitLaunchKey } from '../../../lib/vocabulary/identifiers.ts';
import { type AttemptFaults, faultsOf } from './fault-schedule.ts';
import type { Played } from './played.ts';
import { budgetSeconds, isExplainedFailure } from './weather.ts';

/** What a played schedule came to. */
export type Outcome =
  | 'correct'
  | 'explained'
  | 'never-started'
  | 'wrong'
  | 'duplicate'
  | 'over-budget'
  /** What looks wrong may come of a machine that was busy elsewhere: to be played again. */
  | 'disturbed';

/** So long without running makes an outage that a schedule did not draw. Milliseconds. */
const disturbingStall = 300;

export type Judgement = {
  readonly outcome: Outcome;
  /** Everything that must not be; empty unless the outcome is one of the bad ones. */
  readonly problems: readonly string[];
  /** Why nobody can know better, for a verdict that is INDETERMINATE. */
  readonly explanations: readonly string[];
};

/**
 * Holds what the product said against what happened. Pure. Never PASS unless the truth is pass, never FAIL unless
 * it is failure; INDETERMINATE only where the schedule has destroyed the evidence; no verdict only where calls
 * were made to fail; and once said, a verdict stays.
 */
export function judgePlayed(played: Played): Judgement {
  const { commands, truth } = played;
  /** Verdicts that contradict the truth or each other: no busy machine excuses them. */
  const lies: string[] = [];
  const wrong: string[] = [];
  const explanations = lostForGood(played);
  for (const ended of commands) {
    if (ended.verdict === 'PASS' && truth !== 'pass') lies.push(`${ended.command}: PASS, and it failed`);
    if (ended.verdict === 'FAIL' && truth !== 'failure') {
      lies.push(`${ended.command}: FAIL (${ended.cause}), and it passed`);
    }
    if (ended.failure !== undefined && !isExplainedFailure(ended, played)) {
      wrong.push(`${ended.command}: ${ended.failure.code}: ${ended.failure.message}`);
    }
  }
  const verdicts = commands.flatMap(({ verdict }) => verdict ?? []);
  const settled = verdicts.findIndex((verdict) => verdict !== 'INDETERMINATE');
  if (settled !== -1 && verdicts.slice(settled).some((verdict) => verdict !== verdicts[settled])) {
    lies.push(`verdicts change: ${verdicts.join(', ')}`);
  }
  const final = verdicts.at(-1);
  if (final === 'INDETERMINATE' && explanations.length === 0) {
    wrong.push(`INDETERMINATE (${commands.at(-1)?.cause}), and the evidence is all there`);
  }
  if (final === undefined && played.status !== undefined) wrong.push('it ran, and no verdict was ever given');
  if (final !== undefined && final !== 'INDETERMINATE' && played.sealed !== final && !isWordLost(played)) {
    wrong.push(`${final}, and sealed is ${played.sealed}`);
  }
  if (final !== undefined && played.sealed !== undefined && played.sealed !== final) {
    lies.push(`sealed ${played.sealed}, said ${final}`);
  }
  for (const complaint of played.complaints) wrong.push(`the cloud complains: ${complaint}`);
  const slow = commands.flatMap((ended) => {
    const budget = budgetSeconds(played, ended);
    return ended.seconds > budget
      ? [`${ended.command} took ${ended.seconds.toFixed(1)} s of ${budget.toFixed(1)}`]
      : [];
  });
  const problems = [...lies, ...wrong, ...played.violations, ...slow];
  return { outcome: outcomeOf(), problems, explanations };

  function outcomeOf(): Outcome {
    if (played.violations.length > 0) return 'duplicate';
    if (lies.length > 0) return 'wrong';
    if (problems.length > 0 && played.stalledMillis > disturbingStall) return 'disturbed';
    if (wrong.length > 0) return 'wrong';
    if (slow.length > 0) return 'over-budget';
    if (final === undefined) return 'never-started';
    return final === 'INDETERMINATE' ? 'explained' : 'correct';
  }
}

/** The attempts that the machine asked for, with what befell them. */
function attemptsOf({
  schedule,
  asked,
}: Played): readonly { readonly key: string; readonly faults: AttemptFaults }[] {
  return asked.flatMap((text) => {
    const key = splitLaunchKey(text);
    return key === undefined ? [] : [{ key: text, faults: faultsOf(schedule, key.state, key.number) }];
  });
}

const wasAccepted = ({ launch }: AttemptFaults) => launch === 'accepted' || launch === 'lost-after';
const isLost = ({ record, remembered }: AttemptFaults) => record.times === 0 && !remembered;
/** Whether the word on some launch never comes: then what is known of the others is told, and not sealed. */
const isWordLost = (played: Played) =>
  attemptsOf(played).some(
    ({ faults }) => faults.launch === 'lost-before' || (wasAccepted(faults) && isLost(faults)),
  );

/** What of the evidence the schedule has destroyed, so that nobody can know better. Pure. */
function lostForGood(played: Played): readonly string[] {
  const reasons = attemptsOf(played).flatMap(({ key, faults }) => {
    const found: string[] = [];
    if (faults.launch === 'lost-before' || faults.launch === 'lost-after') {
      found.push(`${key}: RunTask answered with an error that does not say whether it launched`);
    }
    if (!wasAccepted(faults)) return found;
    const ran = played.launches.some(({ launchKey }) => launchKey === key);
    if (ran && faults.told !== 'as-it-was') found.push(`${key}: ECS says ${faults.told}`);
    if (isLost(faults)) found.push(`${key}: its record was never delivered, and ECS has forgotten it`);
    if (ran && faults.marker === 'lost') found.push(`${key}: the log service has lost its last line`);
    if (ran && faults.act === 'silent') found.push(`${key}: exited with 0 and left nothing`);
    return found;
  });
  const refused = attemptsOf(played).some(({ faults }) => !wasAccepted(faults));
  if (played.schedule.forgotten && refused) {
    reasons.push('the state machine has forgotten which launches were refused, and nobody else knew');
  }
  return reasons;
}
