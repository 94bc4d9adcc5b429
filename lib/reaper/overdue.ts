/** A task as the reaper sees it; times are epoch milliseconds. */
export type RunningTask = {
  readonly taskArn: string;
  readonly createdAt: number;
  /** Value of the deadline tag, if the task has one. */
  readonly deadlineTag: string | undefined;
  /** Tasks of services live as long as their service wants them. */
  readonly ofService: boolean;
};

export type OverdueTask = { readonly taskArn: string; readonly reason: string };

/** The task itself, then the state machine, have their turn before the reaper. */
const marginMillis = 120_000;
/** How long after its deadline a task is stopped by the reaper at the latest: its margin, and the minute between two looks. */
export const reaperMarginSeconds = marginMillis / 1_000 + 60;
/** Nothing of ours runs untagged, so an untagged task is a stray; it gets a while, in case tags are late. */
const untaggedLifeMillis = 900_000;

/**
 * Which tasks have outlived their bound at `now`. Pure. A deadline that cannot be read counts as none:
 * the task is a stray.
 */
export function findOverdue(tasks: readonly RunningTask[], now: number): readonly OverdueTask[] {
  return tasks.flatMap(({ taskArn, createdAt, deadlineTag, ofService }) => {
    if (ofService) return [];
    const deadline = Date.parse(deadlineTag ?? '');
    if (Number.isFinite(deadline)) {
      return now > deadline + marginMillis
        ? [
            {
              taskArn,
              reason: `reaper: past its deadline ${deadlineTag} by more than ${marginMillis / 1_000} s`,
            },
          ]
        : [];
    }
    return now > createdAt + untaggedLifeMillis
      ? [{ taskArn, reason: 'reaper: carries no deadline and has run for more than 15 minutes' }]
      : [];
  });
}
