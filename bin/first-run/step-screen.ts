import { plainText } from '../terminal/text-width.ts';
import type { StepName } from './outcome.ts';
import { beginLine, detailLine, endLines, liveLine } from './step-lines.ts';

/** Where the steps are shown while they run. */
export type StepScreen = {
  readonly begin: (name: StepName) => void;
  /** What the running step is doing. */
  readonly detail: (text: string) => void;
  readonly end: (says: string) => void;
  /** Takes back the lines of the steps, where a terminal can: what follows tells the same again. */
  readonly clear: () => void;
};

/** The part of a stream that a screen needs: `process.stderr`, or a list in a test. */
export type StepStream = {
  readonly write: (text: string) => unknown;
  readonly columns?: number;
  readonly rows?: number;
};

const usualWidth = 80;
/** Nobody reads across a wider one. */
const widest = 110;

export function widthOf({ columns }: { readonly columns?: number }): number {
  return columns === undefined || columns <= 0 ? usualWidth : Math.min(columns, widest);
}

/** A terminal that can redraw gets one line that lives; anything else gets lines that stay. */
export function createStepScreen(stream: StepStream, clock: () => number, live: boolean): StepScreen {
  return live ? liveScreen(stream, clock) : logScreen(stream, clock);
}

const redrawMillis = 100;

function liveScreen(stream: StepStream, clock: () => number): StepScreen {
  let running: { readonly name: StepName; readonly begun: number; detail: string } | undefined;
  let timer: NodeJS.Timeout | undefined;
  let written = 0;
  const erased = '\r\u001b[2K';
  const draw = () => {
    if (running === undefined) return;
    const { name, detail, begun } = running;
    stream.write(`${erased}${liveLine(name, detail, clock() - begun, widthOf(stream))}`);
  };
  const finish = (says: string) => {
    clearInterval(timer);
    if (running === undefined) return;
    const { name, begun } = running;
    const lines = endLines(name, says, clock() - begun, widthOf(stream));
    stream.write(`${erased}${lines.join('\n')}\n`);
    written += lines.length;
    running = undefined;
  };
  return {
    begin: (name) => {
      running = { name, begun: clock(), detail: '' };
      draw();
      timer = setInterval(draw, redrawMillis).unref();
    },
    detail: (text) => {
      if (running !== undefined) running.detail = plain(text);
      draw();
    },
    end: finish,
    clear: () => {
      // What has been scrolled away cannot be taken back.
      if (written > 0 && written < (stream.rows ?? 0)) stream.write(`\u001b[${written}A\u001b[0J`);
      written = 0;
    },
  };
}

/** A log is told what goes on every so often, and that something still does when nothing new is to be told. */
const quietMillis = 2_000;
const stillMillis = 10_000;

function logScreen(stream: StepStream, clock: () => number): StepScreen {
  let running: { readonly name: StepName; readonly begun: number } | undefined;
  let spokeAt = 0;
  let waiting: string | undefined;
  let timer: NodeJS.Timeout | undefined;
  const say = (line: string) => {
    stream.write(`${line}\n`);
    spokeAt = clock();
  };
  const look = () => {
    if (running === undefined) return;
    const quiet = clock() - spokeAt;
    if (quiet < (waiting === undefined ? stillMillis : quietMillis)) return;
    say(detailLine(waiting ?? 'still at it', clock() - running.begun, usualWidth));
    waiting = undefined;
  };
  const finish = (says: string) => {
    clearInterval(timer);
    if (running === undefined) return;
    const { name, begun } = running;
    running = undefined;
    waiting = undefined;
    for (const line of endLines(name, says, clock() - begun, usualWidth)) say(line);
  };
  return {
    begin: (name) => {
      running = { name, begun: clock() };
      say(beginLine(name));
      timer = setInterval(look, 500).unref();
    },
    detail: (text) => {
      waiting = plain(text);
      look();
    },
    end: finish,
    clear: () => undefined,
  };
}

function plain(text: string): string {
  return plainText(text).replaceAll(/\s+/g, ' ').trim();
}
