const tickMillis = 20;
/** Lateness that is ordinary work. */
const ordinaryMillis = 80;

let stalled = 0;
let expected = performance.now() + tickMillis;
setInterval(() => {
  const late = performance.now() - expected;
  if (late > ordinaryMillis) stalled += late;
  expected = performance.now() + tickMillis;
}, tickMillis).unref();

/**
 * Milliseconds, since this process began, in which it could not run although it wanted to: a machine that is
 * busy elsewhere. While it cannot run nothing answers, and compressed time makes that an outage of minutes.
 */
export function stalledMillis(): number {
  return stalled;
}
