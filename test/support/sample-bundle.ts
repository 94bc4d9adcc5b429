import { mkdir, writeFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { type Bundle, type BundleContent, layOutBundle } from '../../lib/evidence/format/bundle.ts';
import { sha256Schema } from '../../lib/vocabulary/identifiers.ts';

const encoder = new TextEncoder();

/** A small bundle with two items; the same every time. */
export function sampleContent(change: Partial<BundleContent> = {}): BundleContent {
  return {
    items: [
      { path: 'verdict.json', origin: 'derived', content: encoder.encode('{"verdict":"PASS"}') },
      { path: 'launches/Run/0/result.json', origin: 'native', content: encoder.encode('{"outcome":"done"}') },
    ],
    manifestFingerprint: sha256Schema.parse('1'.repeat(64)),
    verdict: { result: 'PASS', reasons: [] },
    inputs: [{ name: 'intent.json', sha256: sha256Schema.parse('2'.repeat(64)) }],
    code: { version: '0.1.0', imageDigest: 'sha256:3' },
    clocks: { 'Run/0 started_at': '2026-02-21T02:12:59.915Z' },
    ...change,
  };
}

/** Every file of a bundle by its path from the folder of the bag. */
export function filesOf(bundle: Bundle): ReadonlyMap<string, Uint8Array> {
  const payload = bundle.payload.map((item): [string, Uint8Array] => {
    if (!('content' in item)) throw new Error(`${item.path} is not in memory`);
    return [item.path, item.content];
  });
  return new Map([...payload, ...bundle.tags]);
}

export async function writeBundle(
  folder: string,
  bundle: Bundle = layOutBundle(sampleContent()),
): Promise<void> {
  for (const [path, content] of filesOf(bundle)) {
    await mkdir(dirname(join(folder, path)), { recursive: true });
    await writeFile(join(folder, path), content);
  }
}
