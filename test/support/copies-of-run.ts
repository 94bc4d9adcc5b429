import { cp } from 'node:fs/promises';
import { basename, join } from 'node:path';

/** Makes copies of a run to be spoilt, below a folder, each by itself and under the name of the run. */
export function copiesOfRun(folder: string): (run: string) => Promise<string> {
  let copies = 0;
  return async (run) => {
    copies += 1;
    const copy = join(folder, `copy-${copies}`, basename(run));
    await cp(run, copy, { recursive: true });
    return copy;
  };
}
