import type { StateName } from './states.ts';

/** What a run report says of its attempt: which part of the work, when, and how it ended. */
export type Attempt = {
  readonly scenarioIds: readonly string[];
  readonly buckets: readonly number[];
  /** ISO instant, UTC: of two attempts the later text is the later one. */
  readonly startedAt: string;
  readonly status: 'PASS' | 'FAIL';
};

export type CurrentAttempts<Own extends Attempt> = {
  /** Attempts that did the whole of the work, every part of it once; none where there are none, `undefined` where they make no whole. */
  readonly whole: readonly Own[] | undefined;
  /** The last attempt at some part of the work, where it failed; or one that failed and that the whole needs. */
  readonly failed: Own | undefined;
};

/**
 * The attempts at a state that count, out of all that left a report: another partition of the work leaves reports
 * beside the old ones, and added up they would count a row twice, or hold a failure against a part that was
 * repaired. The latest whole comes first. Only S4 works in parts; of the others the last attempt is all of it. Pure.
 */
export function currentAttempts<Own extends Attempt>(
  state: StateName,
  attempts: readonly Own[],
): CurrentAttempts<Own> {
  const latest = attempts.toSorted((one, other) =>
    one.startedAt < other.startedAt ? 1 : one.startedAt > other.startedAt ? -1 : 0,
  );
  const parts = state === 'S4' ? latest : latest.slice(0, 1);
  const told = new Set<string>();
  let failed: Own | undefined;
  for (const part of parts) {
    const cells = cellsOf(part).filter((cell) => !told.has(cell));
    for (const cell of cells) told.add(cell);
    if (part.status === 'FAIL' && cells.length > 0) failed ??= part;
  }
  const whole = tiling(told, parts);
  return { whole, failed: failed ?? whole?.find(({ status }) => status === 'FAIL') };
}

/** Parts that cover every cell once, preferring the earlier in the list. */
function tiling<Own extends Attempt>(
  open: ReadonlySet<string>,
  parts: readonly Own[],
): readonly Own[] | undefined {
  if (open.size === 0) return [];
  const left = new Set(parts.flatMap(cellsOf));
  const [first, ...others] = parts;
  if (first === undefined || [...open].some((cell) => !left.has(cell))) return undefined;
  const own = new Set(cellsOf(first));
  const beside = others.filter((part) => !cellsOf(part).some((cell) => own.has(cell)));
  const rest = tiling(new Set([...open].filter((cell) => !own.has(cell))), beside);
  return rest === undefined ? tiling(open, others) : [first, ...rest];
}

function cellsOf({ scenarioIds, buckets }: Attempt): readonly string[] {
  return scenarioIds.flatMap((scenario) => buckets.map((bucket) => `${scenario}/${bucket}`));
}
