import { createHash } from 'node:crypto';
import { dirname, join } from 'node:path';
import { buildSync } from 'esbuild';

/** One JavaScript file with everything a handler needs, and its SHA-256. */
export type BundledHandler = { readonly source: string; readonly sha256: string };

const root = join(import.meta.dirname, '..', '..');
const bundled = new Map<string, BundledHandler>();

/**
 * Bundles a Lambda handler with esbuild: no Docker, no network, the AWS clients of the lock file rather
 * than those of the runtime. The same sources give the same bytes anywhere; each entry is bundled once
 * in a process.
 *
 * @param entry path of the handler's file, below the project's root
 */
export function bundleHandler(entry: string): BundledHandler {
  const known = bundled.get(entry);
  if (known !== undefined) return known;
  const { outputFiles } = buildSync({
    absWorkingDir: root,
    entryPoints: [entry],
    bundle: true,
    write: false,
    platform: 'node',
    target: 'node24',
    format: 'cjs',
    minify: true,
    legalComments: 'none',
    logLevel: 'silent',
    outdir: dirname(entry),
  });
  const [file] = outputFiles;
  if (file === undefined) throw new Error(`esbuild made nothing of ${entry}`);
  const handler = { source: file.text, sha256: createHash('sha256').update(file.contents).digest('hex') };
  bundled.set(entry, handler);
  return handler;
}
