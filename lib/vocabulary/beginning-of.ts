/**
 * The beginning of a text, no longer than so many UTF-16 units and well-formed, whatever came: a cut may part a
 * surrogate pair, and canonical JSON refuses half of one. Pure.
 */
export function beginningOf(text: string, longest: number): string {
  return text.slice(0, longest).toWellFormed();
}
