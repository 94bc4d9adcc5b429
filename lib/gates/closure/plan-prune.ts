/** One entry of a runs root, as it was found; links are not followed. */
export type FoundRun = {
  readonly name: string;
  readonly kind: 'folder' | 'link' | 'other';
  readonly bytes: number;
  /** How far a run came: PASS or FAIL by its validation, `to S3`, or `empty`; null for what is no run of ours. */
  readonly status: string | null;
  /** Why somebody is taken to work in it, or to have done so a short while ago; else null. */
  readonly inUse: string | null;
  /** What judges by this run, such as `baseline seed-popt0`. */
  readonly referencedBy: readonly string[];
};

export type PrunePlan = {
  readonly remove: readonly { readonly name: string; readonly bytes: number }[];
  readonly keep: readonly { readonly name: string; readonly bytes: number; readonly why: string }[];
};

/** Begins the reason for which such a run stays. */
export const workedIn = 'somebody works in it';

const runFolder = /^[0-9a-f]{32}$/;
export const isRunFolder = (name: string) => runFolder.test(name);

/**
 * What pruning would remove: folders of runs that nobody wants kept, works in, or judges by. Everything else
 * stays, and is told why. Pure. Names that are to be kept and are not there are `unknown`: a typo in the list
 * must not cost a run.
 */
export function planPrune(
  found: readonly FoundRun[],
  keep: readonly string[],
  forceReferenced: boolean,
): PrunePlan | { readonly unknown: readonly string[] } {
  const there = new Set(found.map(({ name }) => name));
  const unknown = keep.filter((name) => !there.has(name));
  if (unknown.length > 0) return { unknown };
  const remove: PrunePlan['remove'][number][] = [];
  const kept: PrunePlan['keep'][number][] = [];
  for (const run of [...found].sort((one, other) => (one.name < other.name ? -1 : 1))) {
    const why = whyKept(run, keep, forceReferenced);
    if (why === undefined) remove.push({ name: run.name, bytes: run.bytes });
    else kept.push({ name: run.name, bytes: run.bytes, why });
  }
  return { remove, keep: kept };
}

function whyKept(run: FoundRun, keep: readonly string[], forceReferenced: boolean): string | undefined {
  if (!isRunFolder(run.name)) return 'no run of ours';
  if (run.kind !== 'folder') return `a ${run.kind}, not a folder`;
  if (keep.includes(run.name)) return 'asked for';
  if (run.inUse !== null) return `${workedIn}: ${run.inUse}`;
  if (run.referencedBy.length > 0 && !forceReferenced) return run.referencedBy.join(', ');
  return undefined;
}
