/** A command to run as a process of its own; its whole tree is measured. */
export type ProcessCommand = {
  readonly file: string;
  readonly args: readonly string[];
  readonly cwd?: string;
  readonly env?: Readonly<Record<string, string>>;
};

type SideOf<State> = {
  readonly label: string;
  /**
   * Processes, each with its tree, that do some of the work and outlive it: a gate, PostgreSQL, the local
   * cloud. Asked before and after a run. Of a call they are counted instead of this process, which only asks.
   */
  readonly servers?: (state: State) => Promise<readonly number[]> | readonly number[];
  /** Before each run and outside its time: what it is to work on. */
  readonly beforehand?: (state: State) => Promise<void> | void;
  /** After each run and outside its time: what must hold now, and what is to be cleared away. */
  readonly afterwards?: (state: State) => Promise<void> | void;
};

/** One way of doing the work: inside this process, or as a process that must exit 0. */
export type Side<State> = SideOf<State> &
  (
    | { readonly kind: 'call'; readonly call: (state: State) => Promise<unknown> | unknown }
    | { readonly kind: 'process'; readonly command: (state: State) => ProcessCommand }
  );

/** What is measured of one side. `measured` is what a call returns as `{ measured }`. Seconds, bytes or plain. */
export const sideMeasures = ['wallSeconds', 'cpuSeconds', 'peakBytes', 'measured'] as const;
export type SideMeasure = (typeof sideMeasures)[number];

/** Subject over alternative, round by round: by wall time, by processor time, by peak memory. */
export const ratioMeasures = ['wallRatio', 'cpuRatio', 'peakRatio'] as const;
export type RatioMeasure = (typeof ratioMeasures)[number];

export type Measure = SideMeasure | RatioMeasure;

/** A ratio is held to its target beside every alternative, or beside the one that is named. */
export type Target = { readonly measure: Measure; readonly atMost: number; readonly beside?: string };

type BenchText = {
  readonly name: string;
  /** One line: what is done, on how much of what. */
  readonly what: string;
  /** What the figures mean and what they do not: what a side does that the other leaves out. */
  readonly reading?: string;
  /** What `measured` is, with its unit. */
  readonly measured?: string;
  /** Free memory that the run needs; on a smaller machine the bench is not run, and that is said. */
  readonly needsBytes?: number;
  /** Both sides are ours, one work beside another: more is then no loss. */
  readonly ownSides?: boolean;
  /** Part of a quick run. */
  readonly quick?: boolean;
  /** Rounds, where the usual number would take an hour. */
  readonly runs?: number;
  /** No unmeasured round before the others: what is prepared has warmed everything up. */
  readonly warm?: boolean;
};

export type BenchDefinition<State> = BenchText & {
  /** Everything that is not to be measured; all sides get what it returns. The signal aborts when the run is stopped. */
  readonly prepare: (signal: AbortSignal) => Promise<State> | State;
  readonly cleanUp?: (state: State) => Promise<void> | void;
  readonly subject: Side<State>;
  /** What the subject is compared with, round by round: simpler code, a library alone, another engine. */
  readonly alternatives?: readonly Side<State>[];
  readonly targets?: readonly Target[];
};

export type PreparedSide = Side<void>;

/** A definition whose state nobody outside can see, so that benches of all kinds fit in one list. */
export type Bench = BenchText & {
  readonly subjectLabel: string;
  readonly alternativeLabels: readonly string[];
  readonly targets: readonly Target[];
  readonly open: (signal: AbortSignal) => Promise<{
    readonly subject: PreparedSide;
    readonly alternatives: readonly PreparedSide[];
    readonly close: () => Promise<void>;
  }>;
};

/** What `test/bench/<name>.bench.ts` exports as `bench`. */
export function defineBench<State>(definition: BenchDefinition<State>): Bench {
  const { prepare, cleanUp, subject, alternatives = [], targets = [], ...text } = definition;
  return {
    ...text,
    subjectLabel: subject.label,
    alternativeLabels: alternatives.map(({ label }) => label),
    targets,
    open: async (signal) => {
      const state = await prepare(signal);
      return {
        subject: bind(subject, state),
        alternatives: alternatives.map((side) => bind(side, state)),
        close: async () => cleanUp?.(state),
      };
    },
  };
}

function bind<State>(side: Side<State>, state: State): PreparedSide {
  const { label, servers, beforehand, afterwards } = side;
  const common = {
    label,
    ...(servers === undefined ? {} : { servers: () => servers(state) }),
    ...(beforehand === undefined ? {} : { beforehand: () => beforehand(state) }),
    ...(afterwards === undefined ? {} : { afterwards: () => afterwards(state) }),
  };
  return side.kind === 'call'
    ? { ...common, kind: 'call', call: () => side.call(state) }
    : { ...common, kind: 'process', command: () => side.command(state) };
}
