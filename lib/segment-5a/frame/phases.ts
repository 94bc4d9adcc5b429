import type { JsonObject } from '../../vocabulary/json.ts';
import type { StateName } from './states.ts';

/** One structured line a phase; the scorers read these, never free text. Seconds are of wall time. */
export type PhaseMarker = {
  readonly segment: '5A';
  readonly state: StateName;
  readonly lane: string;
  readonly rows: number;
  /** Spent in this lane. */
  readonly seconds: number;
  /** Since the state began. */
  readonly elapsed: number;
};

/** What a run tells while it goes on; `phase` events carry a `PhaseMarker`. */
export type SegmentReport = (event: SegmentEvent, fields: JsonObject) => void;
export type SegmentEvent = 'run' | 'state-started' | 'phase' | 'warning' | 'state-finished' | 'progress';

/** Measures the lanes of one state. */
export type Phases = {
  /** Ends the lane that has run since the last call (or since the state began). */
  readonly complete: (lane: string, rows: number) => void;
  /** Time spent in a lane that interleaves with others; ended by `completeInterleaved`. */
  readonly spend: <Result>(lane: string, work: () => Promise<Result>) => Promise<Result>;
  /** Ends an interleaved lane with the time accumulated by `spend`. */
  readonly completeInterleaved: (lane: string, rows: number) => void;
  /** Says how far the state is, for people. */
  readonly progress: (done: number, total: number) => void;
  /** The lane that runs now: what a failure is booked to. */
  readonly current: () => string;
  readonly markers: () => readonly PhaseMarker[];
  readonly elapsedMillis: () => number;
};

/** Lanes of each state in the order in which they end, under the names of the reference. */
export const lanes: Readonly<Record<StateName, readonly [string, ...string[]]>> = {
  S0: ['input_resolution', 'upstream_verification', 'seal', 'output_write'],
  S1: ['input_load_schema_validation', 'core_compute', 'output_write'],
  S2: ['input_load_schema_validation', 'core_compute', 'output_schema_validation', 'output_write'],
  S3: [
    'input_load_schema_validation',
    'domain_alignment',
    'core_compute',
    'output_schema_validation',
    'output_write',
  ],
  S4: [
    'input_load_schema_validation',
    'domain_horizon_mapping',
    'overlay_compute',
    'output_schema_validation',
    'output_write',
  ],
  S5: [
    'input_load_schema_validation',
    'recomposition_checks',
    'issue_table_assembly',
    'bundle_index_report_write',
  ],
};

/** Starts the clock of a state. `now` gives milliseconds of a clock that never goes back. */
export function startPhases(state: StateName, report: SegmentReport, now: () => number): Phases {
  const started = now();
  const markers: PhaseMarker[] = [];
  const accumulated = new Map<string, number>();
  let last = started;
  let lastProgress = started;
  const mark = (lane: string, rows: number, millis: number) => {
    const marker: PhaseMarker = {
      segment: '5A',
      state,
      lane,
      rows,
      seconds: rounded(millis),
      elapsed: rounded(now() - started),
    };
    markers.push(marker);
    report('phase', marker);
  };
  return {
    complete: (lane, rows) => {
      const at = now();
      mark(lane, rows, at - last);
      last = at;
    },
    spend: async (lane, work) => {
      const from = now();
      try {
        return await work();
      } finally {
        accumulated.set(lane, (accumulated.get(lane) ?? 0) + now() - from);
      }
    },
    completeInterleaved: (lane, rows) => {
      mark(lane, rows, accumulated.get(lane) ?? 0);
      accumulated.delete(lane);
      last = now();
    },
    progress: (done, total) => {
      // For people: more than one line a second says nothing more, and the end is a marker anyway.
      if (now() - lastProgress < 1_000) return;
      lastProgress = now();
      report('progress', { segment: '5A', state, done, total });
    },
    current: () =>
      lanes[state].find((lane) => !markers.some((marker) => marker.lane === lane)) ?? 'completion',
    markers: () => markers,
    elapsedMillis: () => Math.round((now() - started) * 1_000) / 1_000,
  };
}

/** Milliseconds as seconds with six digits. */
function rounded(millis: number): number {
  return Math.round(millis * 1_000) / 1e6;
}
