import type { CommandContext } from '../../bin/commands/command-context.ts';
import type { EvidenceStore } from '../../lib/evidence/stores/evidence-store.ts';
import type { TestEnvironment } from './local-environment.ts';

/**
 * What a command gets when a test runs it in its own process, on an evidence store in which some objects read as
 * something else, or as absent, once they are written.
 */
export async function inProcess(
  environment: TestEnvironment,
  isAltered: (key: string) => boolean,
  instead: string | undefined,
): Promise<CommandContext> {
  const opened = await environment.open();
  const { evidence } = opened;
  const altered: EvidenceStore = {
    url: evidence.url,
    putIfAbsent: (key, content, signal) => evidence.putIfAbsent(key, content, signal),
    putFileIfAbsent: (key, path, signal) => evidence.putFileIfAbsent(key, path, signal),
    get: async (key, signal) => {
      if (!isAltered(key)) return await evidence.get(key, signal);
      return instead === undefined ? undefined : new TextEncoder().encode(instead);
    },
    fetchTo: (key, path, signal) => evidence.fetchTo(key, path, signal),
    list: (prefix, signal) => evidence.list(prefix, signal),
  };
  return {
    output: { json: false, progress: () => undefined, part: () => undefined, result: () => undefined },
    openEnvironment: async () => ({ ...opened, evidence: altered }),
    environmentName: opened.name,
    signal: new AbortController().signal,
    now: () => Date.now(),
  };
}
