/** How often a cloud is asked, and how long it is waited for. Milliseconds unless the name says otherwise. */
export type Pace = {
  /** One attempt of one call, finding credentials included, before it counts as unanswered. */
  readonly callMillis: number;
  /** A call is tried so many times at most. */
  readonly attempts: number;
  /** Pauses between attempts are drawn below a bound that doubles from `first` to `longest`. */
  readonly backoff: { readonly first: number; readonly longest: number };
  /** Calls a second that only look (Describe, Get, List), of everything in this process together. */
  readonly looksPerSecond: number;
  /** Pages of logs a second, likewise; the log service counts for itself. */
  readonly logPagesPerSecond: number;
  /** Between two looks at what is followed: `shortest` while things happen, up to `longest` while none do. */
  readonly poll: { readonly shortest: number; readonly longest: number };
  /** Between two looks of a follower at its own history that nobody prompted, for each follower of this process. */
  readonly ownLook: number;
  /** Without an answer for so long, a follower detaches. */
  readonly patience: number;
  /** What was just started may not be visible yet. */
  readonly visibility: number;
  /** Evidence may lag so far behind the end of an execution before the verdict is taken without it. */
  readonly evidenceWait: number;
  /** So long after a task stopped, a line that is not in its log was never written. */
  readonly logSettle: number;
  /** Between a launch that failed to launch and the next. */
  readonly relaunchWaitSeconds: number;
};

/** AWS throttles what all its callers share; waits are those of services that lag behind one another. */
export const awsPace: Pace = {
  callMillis: 10_000,
  attempts: 5,
  backoff: { first: 200, longest: 5_000 },
  looksPerSecond: 8,
  logPagesPerSecond: 8,
  poll: { shortest: 500, longest: 5_000 },
  ownLook: 500,
  patience: 120_000,
  visibility: 30_000,
  evidenceWait: 90_000,
  logSettle: 60_000,
  relaunchWaitSeconds: 5,
};

/** A cloud on loopback may be asked often, and lags behind nobody. */
export const localPace: Pace = {
  callMillis: 10_000,
  attempts: 4,
  backoff: { first: 50, longest: 1_000 },
  looksPerSecond: 400,
  logPagesPerSecond: 400,
  poll: { shortest: 25, longest: 120 },
  ownLook: 25,
  patience: 120_000,
  visibility: 2_000,
  evidenceWait: 20_000,
  logSettle: 2_000,
  relaunchWaitSeconds: 1,
};
