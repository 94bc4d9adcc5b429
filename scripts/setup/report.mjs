/** A setup that cannot go on: one sentence for people and the exit code of the process. */
export class SetupFailure extends Error {
  constructor(message, exitCode) {
    super(message);
    this.exitCode = exitCode;
  }
}

/** Runs one step and writes one line about it, with its duration; the name shows before the wait. */
export async function step(name, work) {
  const started = Date.now();
  process.stdout.write(`setup: ${name} … `);
  try {
    const result = await work();
    process.stdout.write(`${((Date.now() - started) / 1000).toFixed(1)} s\n`);
    return result;
  } catch (error) {
    process.stdout.write('failed\n');
    throw error;
  }
}
