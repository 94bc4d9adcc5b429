import assert from 'node:assert/strict';
import { readdir } from 'node:fs/promises';
import { join } from 'node:path';
import type { CrashGround, SuiteCase } from './crash-suite.ts';
import { sameResults, wholeNames } from './same-files.ts';

/** `report burst` or `report segment`, of which those about one subject are written one after the other. */
export function reportCase(
  kind: 'burst' | 'segment',
  { folder }: CrashGround,
  subject: readonly string[],
): SuiteCase {
  const out = (number: number) => join(folder, `report-${kind}-${number}`);
  return {
    atOnce: 1,
    namedByClock: true,
    folders: { out: folder },
    command: async (number) => ['--json', 'report', kind, ...subject, '--out', out(number)],
    verdict: ({ exitCode, stdout }) => ({ exitCode, status: JSON.parse(stdout || '{}').status }),
    check: async (number, moment) => {
      const files = ['report.html', 'report.json', 'report.md'];
      if (number === 0) assert.deepEqual(await readdir(out(0)).then(wholeNames), files);
      await sameResults(out(0), out(number), moment);
    },
  };
}
