import type { ClosureGate } from './closure-gate.ts';
import type { RunMeasures, StateMeasures } from './run-measures.ts';

/** One structural condition: a faster run that is another run is not a faster run. */
export type Veto = { readonly id: string; readonly clear: boolean; readonly detail: string };

export type ClosureScore = {
  readonly schema: 'fraud-platform/closure-score/v1';
  readonly phase_id: string;
  readonly gate: string;
  readonly state: string;
  readonly baseline: string;
  readonly candidate: string;
  readonly witnesses: readonly string[];
  readonly vetoes: readonly Veto[];
  readonly runtime: {
    readonly baseline_seconds: number | null;
    /** Median of candidate and witnesses. */
    readonly candidate_seconds: number | null;
    readonly improvement_fraction: number | null;
    readonly absolute_seconds: number;
    readonly relative_reduction: number;
    readonly absolute_pass: boolean;
    readonly relative_pass: boolean;
    /** What two runs of the same code differ by; 0 when nobody measured it. */
    readonly noise_seconds: number;
    readonly slower_than_authority: boolean;
  };
  readonly decision: string;
  readonly reasons: readonly string[];
};

/**
 * Whether a phase may close on a candidate. Pure. Structural vetoes come first: any that is not clear holds,
 * whatever the time. Then time: at most the absolute, or less than the authority by the relative part; and
 * never slower than the authority beyond noise, however much time the absolute would leave. What cannot be
 * known is INDETERMINATE.
 */
export function scoreClosure(
  gate: ClosureGate,
  authority: RunMeasures,
  candidate: RunMeasures,
  more: {
    readonly witnesses?: readonly RunMeasures[];
    readonly noise?: readonly [RunMeasures, RunMeasures];
  } = {},
): ClosureScore {
  const witnesses = more.witnesses ?? [];
  const runs = [candidate, ...witnesses];
  const vetoes = runs.flatMap((run, index) =>
    vetoesOf(gate, authority, run).map((veto) =>
      index === 0 ? veto : { ...veto, id: `${veto.id}@${run.segment_run_id}` },
    ),
  );
  const secondsOf = (run: RunMeasures) => finite(run.states[gate.state]?.seconds);
  const before = secondsOf(authority);
  const times = runs.map(secondsOf);
  const after = times.includes(null) ? null : median(times.flatMap((time) => time ?? []));
  const { noise, unknown: noNoise } = noiseOf(gate, authority, runs, more.noise);
  const improvement = before === null || after === null || before <= 0 ? null : (before - after) / before;
  const { absolute_seconds, relative_reduction } = gate.runtime;
  const absolutePass = after !== null && after <= absolute_seconds;
  const relativePass = improvement !== null && improvement >= relative_reduction;
  const slower = before !== null && after !== null && after > before + (noise ?? 0);

  const held = vetoes.filter(({ clear }) => !clear).map(({ id, detail }) => `${id}: ${detail}`);
  const unknown: string[] = [];
  if (before === null) unknown.push(`the authority does not tell how long ${gate.state} took`);
  if (after === null) unknown.push(`a candidate does not tell how long ${gate.state} took`);
  unknown.push(...noNoise);
  // The gain that the relative gate stands on must be more than two runs of the same code differ by.
  const gain = before === null || after === null ? null : before - after;
  if (relativePass && !absolutePass && noise !== null && gain !== null && noise > 0 && gain <= noise) {
    unknown.push(`a gain of ${gain} s is within the noise of ${noise} s`);
  }
  const slow = [
    ...(slower ? [`${shown(after)} is slower than the ${shown(before)} of the authority`] : []),
    ...(unknown.length === 0 && !absolutePass && !relativePass
      ? [
          `${shown(after)} is above ${absolute_seconds} s, and ${percent(improvement)} less than the authority, of ${percent(relative_reduction)}`,
        ]
      : []),
  ];
  const [decision, reasons] =
    held.length > 0
      ? [gate.hold, held]
      : unknown.length > 0
        ? ['INDETERMINATE', unknown]
        : slow.length > 0
          ? [gate.hold, slow]
          : [
              gate.unlock,
              [`${percent(improvement)} less than the authority; ${shown(after)} of ${absolute_seconds} s`],
            ];
  return {
    schema: 'fraud-platform/closure-score/v1',
    phase_id: gate.phase_id,
    gate: gate.name,
    state: gate.state,
    baseline: authority.segment_run_id,
    candidate: candidate.segment_run_id,
    witnesses: witnesses.map(({ segment_run_id }) => segment_run_id),
    vetoes,
    runtime: {
      baseline_seconds: before,
      candidate_seconds: after,
      improvement_fraction: improvement,
      absolute_seconds,
      relative_reduction,
      absolute_pass: absolutePass,
      relative_pass: relativePass,
      noise_seconds: noise ?? 0,
      slower_than_authority: slower,
    },
    decision,
    reasons,
  };
}

function vetoesOf(gate: ClosureGate, authority: RunMeasures, candidate: RunMeasures): readonly Veto[] {
  const { equivalence, state } = gate;
  const own = candidate.states[state];
  const before = authority.states[state];
  const veto = (id: string, clear: boolean, detail: string): Veto => ({ id, clear, detail });
  const same = (id: string, one: string | null | undefined, other: string | null | undefined): Veto =>
    veto(id, one != null && one === other, `${one ?? 'unknown'} and ${other ?? 'unknown'}`);
  return [
    ...(equivalence.identity
      ? [
          same('PARAMETER_HASH', authority.parameter_hash, candidate.parameter_hash),
          same('WORLD', authority.manifest_fingerprint, candidate.manifest_fingerprint),
          contentVeto(authority, candidate),
        ]
      : []),
    veto('STATUS', own?.status === 'PASS', own === undefined ? `${state} has not run` : own.status),
    veto(
      'ERRORS',
      own !== undefined && own.error === null,
      own?.error ?? (own === undefined ? 'unknown' : 'none'),
    ),
    ...equivalence.counters.map((name) => counterVeto(name, before, own)),
    warningVeto(before, own),
    ...equivalence.downstream.map((later) => {
      const found = candidate.states[later]?.status;
      return veto(`DOWNSTREAM_${later}`, found === 'PASS', found ?? 'has not run');
    }),
    ...(equivalence.outputs
      ? [
          veto(
            'OUTPUTS',
            candidate.bundle_digest_sha256 !== null,
            candidate.bundle_digest_sha256 ?? 'there is no validation bundle that says PASS',
          ),
        ]
      : []),
  ];
}

/**
 * Contents of every state that published any, by state; S5's is its bundle, which is made of the others. The same
 * when no state differs and both have some.
 */
function contentVeto({ content: was }: RunMeasures, { content: is }: RunMeasures): Veto {
  const states = [...new Set([...Object.keys(was), ...Object.keys(is)])].sort();
  const other = states.filter((state) => was[state] === undefined || was[state] !== is[state]);
  const shown = (digest: string | undefined) => digest ?? 'unknown';
  return {
    id: 'CONTENT',
    clear: states.length > 0 && other.length === 0,
    detail:
      states.length === 0
        ? 'unknown and unknown'
        : other.length === 0
          ? `the same in ${states.join(', ')}`
          : other.map((state) => `${state}: ${shown(was[state])} and ${shown(is[state])}`).join('; '),
  };
}

function counterVeto(
  name: string,
  before: StateMeasures | undefined,
  after: StateMeasures | undefined,
): Veto {
  const [was, is] = [before?.counts[name], after?.counts[name]];
  // 0 is a number: unchanged when it was 0 before.
  return {
    id: `COUNTER_${name.toUpperCase()}`,
    clear: was !== undefined && was === is,
    detail: `${was ?? 'unknown'} and ${is ?? 'unknown'}`,
  };
}

function warningVeto(before: StateMeasures | undefined, after: StateMeasures | undefined): Veto {
  if (before === undefined || after === undefined) {
    return { id: 'WARNINGS', clear: false, detail: 'unknown' };
  }
  const worse = Object.entries(after.warnings).filter(
    ([code, count]) => count > (before.warnings[code] ?? 0),
  );
  return {
    id: 'WARNINGS',
    clear: worse.length === 0,
    detail:
      worse.length === 0
        ? 'not more than before'
        : worse.map(([code, count]) => `${code}: ${count}, before ${before.warnings[code] ?? 0}`).join(', '),
  };
}

/**
 * What two runs of the same code differ by; 0 when none are given. `null`, and why, when they are not two runs of what
 * the authority is a run of: what other runs differ by would let a slower candidate pass, and so would what is judged.
 */
function noiseOf(
  gate: ClosureGate,
  authority: RunMeasures,
  judged: readonly RunMeasures[],
  runs: readonly [RunMeasures, RunMeasures] | undefined,
): { readonly noise: number | null; readonly unknown: readonly string[] } {
  if (runs === undefined) return { noise: 0, unknown: [] };
  const [one, other] = runs;
  const judgedIds = new Set(judged.map(({ segment_run_id }) => segment_run_id));
  const unknown = [
    ...(one.segment_run_id === other.segment_run_id ? ['the two runs for the noise are one run'] : []),
    ...runs.flatMap(({ segment_run_id: id }) =>
      judgedIds.has(id) ? [`the run ${id} for the noise is judged itself`] : [],
    ),
    // Equal to the authority in all that counts, they are equal to each other.
    ...runs.flatMap((run) =>
      vetoesOf(gate, authority, run).flatMap(({ id, clear, detail }) =>
        clear ? [] : [`the run ${run.segment_run_id} for the noise is another: ${id}: ${detail}`],
      ),
    ),
  ];
  const [first, second] = runs.map((run) => finite(run.states[gate.state]?.seconds));
  if (first == null || second == null) {
    unknown.push(`the two runs for the noise do not tell how long ${gate.state} took`);
  }
  if (unknown.length > 0 || first == null || second == null) return { noise: null, unknown };
  return { noise: Math.abs(first - second), unknown };
}

const finite = (value: number | undefined) => (value !== undefined && Number.isFinite(value) ? value : null);

function median(values: readonly number[]): number {
  const sorted = [...values].sort((one, other) => one - other);
  const middle = Math.floor(sorted.length / 2);
  const [low, high] = [sorted[middle - 1] ?? 0, sorted[middle] ?? 0];
  return sorted.length % 2 === 1 ? high : (low + high) / 2;
}

const shown = (seconds: number | null) => `${seconds === null ? 'unknown' : Number(seconds.toFixed(3))} s`;
const percent = (fraction: number | null) =>
  fraction === null ? 'unknown' : `${(fraction * 100).toFixed(2)} %`;
