/** A setup that cannot go on: one sentence for people and the exit code of the process. */
export class SetupFailure extends Error {
  constructor(message, exitCode) {
    super(message);
    this.exitCode = exitCode;
  }
}

/** A line for people. Not to standard output: that belongs to the program that runs afterwards. */
export function say(line) {
  process.stderr.write(`${line}\n`);
}

/** A terminal sees that something happens; a log is told now and then that it still does. */
const redrawMilliseconds = 200;
const stillMilliseconds = 15000;

/**
 * Runs one step and writes one line about it, with its duration; the name shows before the wait, and while
 * it lasts what `look` says of how far it is.
 */
export async function step(name, work, look = () => '') {
  const started = Date.now();
  const terminal = process.stderr.isTTY === true;
  const seconds = () => ((Date.now() - started) / 1000).toFixed(1);
  const line = (told) => `setup: ${name} … ${seconds()} s${told === '' ? '' : `  ${told}`}`;
  if (terminal) process.stderr.write(line(''));
  else say(`setup: ${name} …`);
  const timer = setInterval(
    () => {
      if (terminal) process.stderr.write(`\r\u001b[2K${line(look())}`);
      else say(line(look()));
    },
    terminal ? redrawMilliseconds : stillMilliseconds,
  );
  const end = (text) => say(terminal ? `\r\u001b[2Ksetup: ${name} … ${text}` : `setup: ${name} … ${text}`);
  try {
    const result = await work();
    end(`${seconds()} s`);
    return result;
  } catch (error) {
    end('failed');
    throw error;
  } finally {
    clearInterval(timer);
  }
}
