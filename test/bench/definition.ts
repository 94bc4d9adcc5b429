/** A command to run as a process of its own; its whole tree is measured. */
export type ProcessCommand = {
  readonly file: string;
  readonly args: readonly string[];
  readonly cwd?: string;
  readonly env?: Readonly<Record<string, string>>;
};

/** One way of doing the work: inside this process, or as a process that must exit 0. */
export type Side<State> =
  | {
      readonly kind: 'call';
      readonly label: string;
      readonly call: (state: State) => Promise<unknown> | unknown;
    }
  | { readonly kind: 'process'; readonly label: string; readonly command: (state: State) => ProcessCommand };

/**
 * `ratio` is subject over alternative by wall time, `peakRatio` by peak memory, run by run.
 * `measured` is what a call returns as `{ measured }`. Seconds, bytes or plain.
 */
export type Measure = 'wallSeconds' | 'cpuSeconds' | 'peakBytes' | 'ratio' | 'peakRatio' | 'measured';
export type Target = { readonly measure: Measure; readonly atMost: number };

export type BenchDefinition<State> = {
  readonly name: string;
  /** One line: what is done, on how much of what. */
  readonly what: string;
  /** Everything that is not to be measured; both sides get what it returns. */
  readonly prepare: () => Promise<State> | State;
  readonly cleanUp?: (state: State) => Promise<void> | void;
  readonly subject: Side<State>;
  /** What the subject is compared with, run by run: the simpler code, the library, the older way. */
  readonly alternative?: Side<State>;
  readonly targets?: readonly Target[];
  /** Pairs of runs, where the usual number would take an hour; without a warm-up then. */
  readonly runs?: number;
};

export type PreparedSide = Side<void>;

/** A definition whose state nobody outside can see, so that benches of all kinds fit in one list. */
export type Bench = {
  readonly name: string;
  readonly what: string;
  readonly targets: readonly Target[];
  readonly runs: number | undefined;
  readonly open: () => Promise<{
    readonly subject: PreparedSide;
    readonly alternative: PreparedSide | undefined;
    readonly close: () => Promise<void>;
  }>;
};

/** What `test/bench/<name>.bench.ts` exports as `bench`. */
export function defineBench<State>(definition: BenchDefinition<State>): Bench {
  const { name, what, targets = [], runs, prepare, cleanUp, subject, alternative } = definition;
  return {
    name,
    what,
    targets,
    runs,
    open: async () => {
      const state = await prepare();
      return {
        subject: bind(subject, state),
        alternative: alternative === undefined ? undefined : bind(alternative, state),
        close: async () => cleanUp?.(state),
      };
    },
  };
}

function bind<State>(side: Side<State>, state: State): PreparedSide {
  return side.kind === 'call'
    ? { kind: 'call', label: side.label, call: () => side.call(state) }
    : { kind: 'process', label: side.label, command: () => side.command(state) };
}
