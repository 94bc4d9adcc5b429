import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import type { Block } from './docs.ts';
import { finished } from './local-environment.ts';
import { simpleCommands } from './shell-words.ts';

const program = fileURLToPath(new URL('../../bin/fraudctl.mjs', import.meta.url));

/** What a placeholder of a page stands for: the last thing of its kind that a command printed. */
const placeholders: Readonly<Record<string, RegExp>> = {
  execution: /\b[a-z0-9-]+_\d{8}T\d{6}Z/g,
  burst: /\bburst_\d{8}T\d{6}Z/g,
  run: /\bplatform_\d{8}T\d{6}Z/g,
  // A task's id looks the same.
  'segment run': /(?<!\btask )\b[0-9a-f]{32}\b/g,
  bundle: /(?<=fraudctl evidence verify )\S+/g,
};
/** A run scope has the form of an execution and is none. */
const isOfKind = (kind: string, found: string) => kind !== 'execution' || !found.startsWith('platform_');

/**
 * Runs the commands of blocks of a page, one after the other, in a folder and a local environment. Each must
 * end with 0. Returns how many were run.
 */
export async function runBlocks(
  blocks: readonly Block[],
  { folder, home }: { readonly folder: string; readonly home: string },
): Promise<number> {
  const known = new Map<string, string>();
  let count = 0;
  for (const { text, line } of blocks) {
    const filled = (word: string) =>
      word.replaceAll(/<(?<kind>[a-z ]+)>/g, (whole, kind: string) => known.get(kind) ?? whole);
    // A placeholder would be a redirection to a shell.
    const quoted = text.replaceAll(/(?<word>[^\s']*<[a-z ]+>[^\s']*)/g, "'$<word>'");
    for (const [npx, name, ...words] of simpleCommands(quoted)) {
      assert.deepEqual([npx, name], ['npx', 'fraudctl'], `line ${line}`);
      const parameters = words.map(filled);
      const child = spawn(process.execPath, [program, ...parameters], {
        cwd: folder,
        env: { ...process.env, FRAUD_PLATFORM_HOME: home, NO_COLOR: '1' },
        stdio: ['ignore', 'pipe', 'pipe'],
      });
      const { exitCode, stdout, stderr } = await finished(child);
      assert.equal(exitCode, 0, `fraudctl ${parameters.join(' ')}\n${stdout}${stderr}`);
      for (const [kind, pattern] of Object.entries(placeholders)) {
        const last = [...`${stderr}\n${stdout}`.matchAll(pattern)]
          .map(([found]) => found)
          .filter((found) => isOfKind(kind, found))
          .at(-1);
        if (last !== undefined) known.set(kind, last);
      }
      count += 1;
    }
  }
  return count;
}
