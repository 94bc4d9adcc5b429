/**
 * The known names that a mistyped one may have meant, best first, at most three: those that differ from it
 * in case and separators alone, then those within a few typing errors, then those that it begins. Pure.
 */
export function nearestNames(given: string, known: readonly string[]): readonly string[] {
  const wanted = plain(given);
  if (wanted === '') return [];
  const scored = known.flatMap((name) => {
    const candidate = plain(name);
    const errors = typingErrors(wanted, candidate);
    if (errors <= Math.min(3, Math.floor(Math.max(wanted.length, candidate.length) * 0.4))) {
      return [{ name, score: errors }];
    }
    return wanted.length >= 3 && candidate.startsWith(wanted) ? [{ name, score: 10 }] : [];
  });
  const best = Math.min(...scored.map(({ score }) => score));
  return scored
    .filter(({ score }) => score === best)
    .map(({ name }) => name)
    .slice(0, 3);
}

/** `Did you mean a or b? ` before what a refusal says else; nothing when no name is near. Pure. */
export function didYouMean(given: string, known: readonly string[]): string {
  const near = nearestNames(given, known);
  return near.length === 0 ? '' : `Did you mean ${near.join(' or ')}? `;
}

const plain = (name: string) => name.toLowerCase().replaceAll(/[-_.\s]/g, '');

/**
 * Insertions, deletions, changes and swaps of neighbours between two words (optimal string alignment).
 */
function typingErrors(one: string, other: string): number {
  let beforeLast: readonly number[] = [];
  let last: readonly number[] = Array.from({ length: other.length + 1 }, (_, column) => column);
  for (let row = 1; row <= one.length; row += 1) {
    const current = [row];
    for (let column = 1; column <= other.length; column += 1) {
      const same = one[row - 1] === other[column - 1];
      const swapped =
        row > 1 && column > 1 && one[row - 1] === other[column - 2] && one[row - 2] === other[column - 1];
      current.push(
        Math.min(
          (last[column] ?? 0) + 1,
          (current[column - 1] ?? 0) + 1,
          (last[column - 1] ?? 0) + (same ? 0 : 1),
          swapped ? (beforeLast[column - 2] ?? 0) + 1 : Number.POSITIVE_INFINITY,
        ),
      );
    }
    beforeLast = last;
    last = current;
  }
  return last[other.length] ?? 0;
}
