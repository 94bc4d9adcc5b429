import { existsSync } from 'node:fs';
import { cp, mkdir, readFile, writeFile } from 'node:fs/promises';
import { dirname, join, relative } from 'node:path';
import { type BuildOptions, build, type Plugin } from 'esbuild';
import { z } from 'zod';

/** Packages that are not JavaScript alone: they go into the image as they are, with all they depend on. */
const nativePackages = ['nodejs-polars', '@duckdb/node-api', 'libpg-query'] as const;

/** What tasks read beside their code, by its path in the project. */
const resources = [
  'config/bursts',
  'config/gates',
  'config/queries',
  'config/policies',
  'lib/database/sql',
] as const;

/** Threads: each is started from a file of its own, so it is a bundle of its own. */
const threads = ['lib/runtime/watchdog.ts', 'lib/segment-5a/s5/witness-worker.ts'] as const;

/** In CommonJS that became a module, what is loaded by name at run time still needs a `require`. */
const requireBanner = (path: string) =>
  [
    `import { createRequire as createRequireOfBundle } from 'node:module';`,
    `const require = createRequireOfBundle(import.meta.url);`,
    `const projectRoot = new URL('${'../'.repeat(path.split('/').length - 1)}', import.meta.url);`,
  ].join('\n');

/**
 * Writes the tasks into a folder: their code as a few bundles, the files they read at the paths they read
 * them from, native packages as they were installed. The same sources give the same bytes. Returns the paths,
 * below the root, of everything that is in it.
 */
export async function bundleTasks(root: string, folder: string): Promise<readonly string[]> {
  const found = new Set<string>();
  const bundle = async (options: BuildOptions, banner: string) => {
    const { metafile } = await build({
      ...options,
      absWorkingDir: root,
      bundle: true,
      platform: 'node',
      target: 'node24',
      format: 'esm',
      legalComments: 'none',
      logLevel: 'silent',
      metafile: true,
      external: [...nativePackages, 'pg-native'],
      plugins: [ownPlaces(root, found)],
      banner: { js: banner },
    });
    return Object.keys(metafile.inputs);
  };
  const inputs = await bundle(
    {
      entryPoints: ['tasks/main.mjs'],
      splitting: true,
      outdir: join(folder, 'tasks'),
      entryNames: '[name]',
      chunkNames: '[name]-[hash]',
      outExtension: { '.js': '.mjs' },
    },
    requireBanner('tasks/main.mjs'),
  );
  for (const thread of threads) {
    const outfile = join(folder, thread.replace(/\.ts$/, '.mjs'));
    inputs.push(...(await bundle({ entryPoints: [thread], outfile }, requireBanner(thread))));
  }
  const forgotten = [...found].filter((path) => !threads.some((thread) => thread === path));
  if (forgotten.length > 0)
    throw new Error(`threads that are no bundle of the image: ${forgotten.join(', ')}`);
  await cp(join(root, 'tasks/health.mjs'), join(folder, 'tasks/health.mjs'));
  for (const path of resources) await cp(join(root, path), join(folder, path), { recursive: true });
  for (const name of await withDependencies(root, nativePackages)) {
    await cp(join(root, 'node_modules', name), join(folder, 'node_modules', name), { recursive: true });
    inputs.push(join('node_modules', name, 'package.json'));
  }
  await mkdir(folder, { recursive: true });
  // Without it node takes the threads' bundles for what their folder says.
  await writeFile(join(folder, 'package.json'), '{"private":true,"type":"module"}\n');
  return inputs;
}

/**
 * Lets code in a bundle know where it stood: `import.meta.url` becomes the place of the module below the root,
 * so that what it reads beside itself is found there. A thread's module ends in `.mjs` there.
 */
function ownPlaces(root: string, found: Set<string>): Plugin {
  return {
    name: 'own-places',
    setup(setup) {
      setup.onLoad({ filter: /\.(ts|mjs)$/ }, async ({ path }) => {
        if (path.includes('node_modules')) return undefined;
        const place = relative(root, path);
        const text = await readFile(path, 'utf8');
        for (const [, own, beside] of text.matchAll(
          /new Worker\(new URL\((?:(import\.meta\.url)|'([^']+)')/g,
        )) {
          found.add(own === undefined ? join(dirname(place), beside ?? '') : place);
        }
        const contents = text
          .replaceAll(/(new Worker\(new URL\('[^']+)\.ts'/g, "$1.mjs'")
          .replaceAll('import.meta.url', `new URL('${place.replace(/\.ts$/, '.mjs')}', projectRoot).href`);
        return { contents, loader: path.endsWith('.ts') ? 'ts' : 'js' };
      });
    },
  };
}

const dependenciesSchema = z.looseObject({
  dependencies: z.record(z.string(), z.string()).default({}),
  optionalDependencies: z.record(z.string(), z.string()).default({}),
});

/** Packages with everything they depend on that is installed: binaries for other machines are not. */
async function withDependencies(root: string, names: readonly string[]): Promise<readonly string[]> {
  const all = new Set(names);
  for (const name of all) {
    const text = await readFile(join(root, 'node_modules', name, 'package.json'), 'utf8');
    const { dependencies, optionalDependencies } = dependenciesSchema.parse(JSON.parse(text));
    for (const other of Object.keys(dependencies)) all.add(other);
    for (const other of Object.keys(optionalDependencies)) {
      if (existsSync(join(root, 'node_modules', other))) all.add(other);
    }
  }
  return [...all].sort();
}
