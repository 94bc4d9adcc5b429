import {
  appendFileSync,
  closeSync,
  fstatSync,
  fsyncSync,
  ftruncateSync,
  openSync,
  readFileSync,
} from 'node:fs';
import { readdir, readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { z } from 'zod';
import { errorCodeOf } from '../../vocabulary/failure.ts';

const startedSchema = z.object({
  kind: z.literal('started'),
  arn: z.string(),
  name: z.string(),
  workflow: z.string(),
  stateMachineArn: z.string(),
  input: z.string(),
  startedAt: z.number(),
});
const eventSchema = z.object({
  kind: z.literal('event'),
  event: z.looseObject({
    id: z.number(),
    previousEventId: z.number(),
    type: z.string(),
    timestamp: z.number(),
  }),
});
/** A new process of this cloud took the execution up; its events are written again from the first. */
const resumedSchema = z.object({ kind: z.literal('resumed'), at: z.number() });
const endedSchema = z.object({
  kind: z.literal('ended'),
  status: z.enum(['SUCCEEDED', 'FAILED', 'TIMED_OUT', 'ABORTED']),
  stoppedAt: z.number(),
  output: z.string().optional(),
  error: z.string().optional(),
  cause: z.string().optional(),
});
const lineSchema = z.discriminatedUnion('kind', [startedSchema, eventSchema, resumedSchema, endedSchema]);

export type JournalLine = z.infer<typeof lineSchema>;

/** What the journal of one execution says. */
export type JournaledExecution = {
  readonly started: z.infer<typeof startedSchema>;
  readonly events: readonly z.infer<typeof eventSchema>['event'][];
  readonly ended: z.infer<typeof endedSchema> | undefined;
};

/**
 * One file of JSON lines for each execution. Beginning and end are synced to disk: an execution whose
 * start was answered exists, whatever happens next.
 */
export class Journal {
  readonly #folder: string;
  /** Lines of executions that run which the disk has refused; they go before the next one. */
  readonly #refused = new Map<string, string>();
  /** An end is for good: what had ended when it was looked at is not looked at again. */
  readonly #ended = new Set<string>();

  constructor(folder: string) {
    this.#folder = folder;
  }

  /** Throws what the disk says. A start that is refused never was; any other line is kept for the next append. */
  append(name: string, line: JournalLine): void {
    const text = `${this.#refused.get(name) ?? ''}${JSON.stringify(line)}\n`;
    try {
      appendWhole(join(this.#folder, `${name}.jsonl`), text, line.kind !== 'event');
      this.#refused.delete(name);
    } catch (error) {
      if (line.kind !== 'started') this.#refused.set(name, text);
      throw error;
    }
  }

  /** Every journaled execution, oldest first. A torn last line, written while the cloud died, is dropped. */
  async readAll(): Promise<readonly JournaledExecution[]> {
    const names = (await readdir(this.#folder)).filter((name) => name.endsWith('.jsonl'));
    return names
      .flatMap((name) => parseJournal(readFileSync(join(this.#folder, name), 'utf8')) ?? [])
      .sort((one, other) => one.started.startedAt - other.started.startedAt);
  }

  /**
   * Names of the executions that have not ended, whether a cloud is there that interprets them or the next one
   * will. For who only looks: a folder that is not there has none.
   */
  async unended(): Promise<readonly string[]> {
    const names = await readdir(this.#folder).catch(ignoreAbsent);
    const unended: string[] = [];
    for (const file of names ?? []) {
      const name = file.replace(/\.jsonl$/, '');
      if (name === file || this.#ended.has(name)) continue;
      const text = await readFile(join(this.#folder, file), 'utf8').catch(ignoreAbsent);
      if (text === undefined) continue;
      if (parseJournal(text)?.ended === undefined) unended.push(name);
      else this.#ended.add(name);
    }
    return unended;
  }
}

function ignoreAbsent(error: unknown): undefined {
  if (errorCodeOf(error) === 'ENOENT') return undefined;
  throw error;
}

function appendWhole(path: string, text: string, isSynced: boolean): void {
  const file = openSync(path, 'a');
  try {
    const { size } = fstatSync(file);
    try {
      appendFileSync(file, text);
      if (isSynced) fsyncSync(file);
    } catch (error) {
      // A disk that is full takes the beginning of a line: the next one would be torn with it.
      ftruncateSync(file, size);
      throw error;
    }
  } finally {
    closeSync(file);
  }
}

/** Reads the lines of one journal. Pure; `undefined` when not even the start is there. */
export function parseJournal(text: string): JournaledExecution | undefined {
  let started: JournaledExecution['started'] | undefined;
  let events: z.infer<typeof eventSchema>['event'][] = [];
  let ended: JournaledExecution['ended'];
  for (const raw of text.split('\n')) {
    const line = parseLine(raw);
    if (line === undefined) continue;
    if (line.kind === 'started') started = line;
    else if (line.kind === 'resumed') events = [];
    else if (line.kind === 'event') events.push(line.event);
    else ended = line;
  }
  return started === undefined ? undefined : { started, events, ended };
}

function parseLine(raw: string): JournalLine | undefined {
  try {
    return lineSchema.safeParse(JSON.parse(raw)).data;
  } catch {
    return undefined;
  }
}
