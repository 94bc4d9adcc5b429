import { readFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { type BuildOptions, buildSync, version } from 'esbuild';
import { z } from 'zod';
import { sha256Of } from '../evidence/format/digest.ts';
import { DerivedValues, derivedValuesFolder } from '../files/derived-values.ts';

/** One JavaScript file with everything a handler needs, and its SHA-256. */
export type BundledHandler = { readonly source: string; readonly sha256: string };

/** A bundle that was made before, with the SHA-256 of each file that it was made of. */
const keptSchema = z.object({
  inputs: z.record(z.string(), z.string()),
  bundle: z.object({ source: z.string(), sha256: z.string() }),
});

const root = join(import.meta.dirname, '..', '..');
/** What decides how imports are found and sources are read, beside the sources themselves. */
const settingFiles = ['tsconfig.json', 'package.json', 'node_modules/.package-lock.json'];
const options = {
  bundle: true,
  write: false,
  metafile: true,
  platform: 'node',
  target: 'node24',
  format: 'cjs',
  minify: true,
  legalComments: 'none',
  logLevel: 'silent',
} as const satisfies BuildOptions;

/**
 * Bundles Lambda handlers with esbuild: no Docker, no network, the AWS clients of the lock file rather than
 * those of the runtime. The same sources give the same bytes anywhere; a bundle is made once for each
 * state of the files it is made of, in this process or, by `kept`, in an earlier one.
 */
export class HandlerBundler {
  readonly #kept: DerivedValues;
  readonly #bundled = new Map<string, BundledHandler>();
  readonly #digests = new Map<string, string>();
  #made = 0;

  constructor(kept: DerivedValues) {
    this.#kept = kept;
  }

  /** How many bundles were made rather than found. */
  get made(): number {
    return this.#made;
  }

  /** @param entry path of the handler's file, below the project's root */
  bundle(entry: string): BundledHandler {
    const handler = this.#bundled.get(entry) ?? this.#recall(entry) ?? this.#make(entry);
    this.#bundled.set(entry, handler);
    return handler;
  }

  #recall(entry: string): BundledHandler | undefined {
    const kept = keptSchema.safeParse(this.#kept.recall(nameOf(entry))).data;
    if (kept === undefined || kept.bundle.sha256 !== sha256Of(kept.bundle.source)) return undefined;
    const asBefore = Object.entries(kept.inputs).every(([path, digest]) => this.#digestOf(path) === digest);
    return asBefore && settingFiles.every((path) => path in kept.inputs) ? kept.bundle : undefined;
  }

  #make(entry: string): BundledHandler {
    this.#made += 1;
    const { outputFiles, metafile } = buildSync({
      ...options,
      absWorkingDir: root,
      entryPoints: [entry],
      outdir: dirname(entry),
    });
    const [file] = outputFiles;
    if (file === undefined) throw new Error(`esbuild made nothing of ${entry}`);
    const bundle = { source: file.text, sha256: sha256Of(file.contents) };
    const inputs = [...settingFiles, ...Object.keys(metafile.inputs)];
    this.#kept.keep(nameOf(entry), {
      inputs: Object.fromEntries(inputs.map((path) => [path, this.#digestOf(path)])),
      bundle,
    });
    return bundle;
  }

  /** SHA-256 of a file below the root; empty for one that is not there. Read once: many handlers share it. */
  #digestOf(path: string): string {
    const digest = this.#digests.get(path) ?? digestIfThere(join(root, path));
    this.#digests.set(path, digest);
    return digest;
  }
}

/** Another esbuild, or other options, never find what these made. */
const nameOf = (entry: string) =>
  `bundle-${sha256Of(JSON.stringify([version, options])).slice(0, 16)}-${entry}`;

function digestIfThere(path: string): string {
  try {
    return sha256Of(readFileSync(path));
  } catch {
    return '';
  }
}

const bundler = new HandlerBundler(new DerivedValues(derivedValuesFolder));

/** The bundle of a Lambda handler; `entry` as for `HandlerBundler.bundle`. */
export function bundleHandler(entry: string): BundledHandler {
  return bundler.bundle(entry);
}
