import { readdir, readFile, utimes } from 'node:fs/promises';
import { join } from 'node:path';
import { z } from 'zod';
import { parseCanonicalJson } from '../../../lib/evidence/format/canonical-json.ts';
import { commitSchema } from '../../../lib/evidence/publish-bundle.ts';
import { createFolderStore } from '../../../lib/evidence/stores/folder-store.ts';
import { storedTaskSchema } from '../../../lib/local-cloud/task-runner/ecs-task.ts';

export type Audit = {
  /** What is wrong with the evidence, one sentence each. */
  readonly broken: readonly string[];
  /** Prefixes below which a bundle was begun and none is committed: for every reader there is nothing. */
  readonly unfinished: readonly string[];
};

/**
 * Everything in the two stores of a home: each JSON object is whole and canonical, each commit names files that
 * are there, and below a commit there is no bundle that it does not name.
 */
export async function auditEvidence(home: string): Promise<Audit> {
  const broken: string[] = [];
  const unfinished = new Set<string>();
  for (const name of ['evidence', 'mirror']) {
    const store = createFolderStore(join(home, name));
    const keys: string[] = [];
    for await (const { key } of store.list('')) keys.push(key);
    const committed = new Map<string, string>();
    for (const key of keys.filter((one) => one.endsWith('.json'))) {
      const content = await store.get(key);
      const json = content === undefined ? undefined : parsed(content, key);
      if (json === undefined) broken.push(`${name}: ${key} is not whole`);
      else if (key.endsWith(commitName)) {
        committed.set(key.slice(0, -commitName.length), commitSchema.parse(json).location);
      }
    }
    for (const [prefix, location] of committed) {
      if (!keys.includes(`${prefix}${location}manifest-sha256.txt`))
        broken.push(`${name}: ${prefix} has no bundle`);
    }
    for (const key of keys) {
      const [prefix, rest] = key.split(/(?<=\/)(?=bundles\/)/, 2);
      if (prefix === undefined || rest === undefined) continue;
      const location = committed.get(prefix);
      if (location === undefined) unfinished.add(prefix);
      else if (!rest.startsWith(location)) broken.push(`${name}: no commit names ${key}`);
    }
  }
  return { broken, unfinished: [...unfinished].sort() };
}

const commitName = 'bundle.commit.json';

/** The object, or `undefined` when it is not canonical JSON to its last byte. */
function parsed(content: Uint8Array, key: string): unknown {
  try {
    return parseCanonicalJson(content, key);
  } catch {
    return undefined;
  }
}

/** Launch keys of the tasks of a home, once for every task there ever was. */
export async function launchKeysOf(home: string): Promise<readonly string[]> {
  const folder = join(home, 'tasks');
  const keys: string[] = [];
  for (const id of await readdir(folder).catch(() => [])) {
    const text = await readFile(join(folder, id, 'task.json'), 'utf8').catch(() => '{}');
    const task = storedTaskSchema.safeParse(JSON.parse(text)).data;
    const variables = task?.overrides.containerOverrides.flatMap(({ environment }) => environment) ?? [];
    keys.push(...variables.filter(({ name }) => name === 'LAUNCH_KEY').map(({ value }) => value));
  }
  return keys;
}

const temporary = /\.partial$/;

/** Files that a writer has not finished, in the staging of both stores and in folders. */
export async function unfinishedFiles(home: string, folders: readonly string[]): Promise<readonly string[]> {
  const found: string[] = [];
  for (const store of ['evidence', 'mirror']) {
    const staging = join(home, store, '~staging');
    for (const name of await readdir(staging).catch(() => [])) found.push(join(staging, name));
  }
  for (const folder of [home, ...folders]) {
    const names = z.array(z.string()).parse(await readdir(folder).catch(() => []));
    for (const name of names.filter((one) => temporary.test(one))) found.push(join(folder, name));
  }
  return found;
}

/** Makes files as old as those of a process that died long ago. */
export async function age(files: readonly string[]): Promise<void> {
  const old = new Date(Date.now() - 2 * 3_600_000);
  for (const file of files) await utimes(file, old, old);
}
