import { appendFileSync } from 'node:fs';
import { instantFromMillis } from '../../vocabulary/instant.ts';
import type { JsonObject } from '../../vocabulary/json.ts';

/** The log of a run: one JSON line an event, appended by every process that works on the run. */
export type RunLog = {
  readonly append: (event: string, fields: JsonObject) => void;
  /** Names the file once the run's folder is known; what was appended before is written then. */
  readonly begin: (path: string) => void;
};

export function bufferedRunLog(): RunLog {
  let path: string | undefined;
  const waiting: string[] = [];
  const flush = () => {
    if (path === undefined || waiting.length === 0) return;
    try {
      appendFileSync(path, waiting.splice(0).join(''));
    } catch {
      // For reading along. Markers and failures are in the run reports; a full disk ends the state itself.
    }
  };
  return {
    append: (event, fields) => {
      waiting.push(`${JSON.stringify({ time: instantFromMillis(Date.now()), event, ...fields })}\n`);
      flush();
    },
    begin: (file) => {
      path = file;
      flush();
    },
  };
}
