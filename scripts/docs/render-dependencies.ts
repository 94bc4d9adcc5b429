import { z } from 'zod';

const versionsSchema = z.record(z.string(), z.string()).default({});

export const manifestSchema = z.looseObject({
  license: z.string(),
  dependencies: versionsSchema,
  devDependencies: versionsSchema,
});
export const lockSchema = z.looseObject({
  packages: z.record(
    z.string(),
    z.looseObject({
      version: z.string().optional(),
      license: z.string().optional(),
      dependencies: versionsSchema,
      optionalDependencies: versionsSchema,
      peerDependencies: versionsSchema,
    }),
  ),
});
type Manifest = z.infer<typeof manifestSchema>;
type Lock = z.infer<typeof lockSchema>;

/** A package as it lies in `node_modules`, or would on another platform. */
export type LockedPackage = {
  readonly name: string;
  readonly version: string;
  readonly licence: string;
  /** What this project asks for that brings it along; itself, when it is asked for. */
  readonly broughtBy: readonly string[];
};

/** Every package of the lock file, by name and version, with what brings it along. Pure. */
export function lockedPackages(manifest: Manifest, { packages }: Lock): readonly LockedPackage[] {
  const direct = [...Object.keys(manifest.dependencies), ...Object.keys(manifest.devDependencies)];
  const broughtBy = new Map<string, Set<string>>();
  const visit = (path: string, root: string) => {
    const found = broughtBy.get(path) ?? new Set();
    if (found.has(root)) return;
    broughtBy.set(path, found.add(root));
    const entry = packages[path];
    const names = { ...entry?.dependencies, ...entry?.optionalDependencies, ...entry?.peerDependencies };
    for (const name of Object.keys(names)) {
      const next = resolved(packages, path, name);
      if (next !== undefined) visit(next, root);
    }
  };
  for (const name of direct) visit(`node_modules/${name}`, name);
  return Object.entries(packages)
    .filter(([path]) => path !== '')
    .map(([path, { version }]) => ({
      name: nameOf(path),
      version: version ?? '',
      licence: licenceOf(packages, path),
      broughtBy: [...(broughtBy.get(path) ?? [])].sort(),
    }))
    .sort((one, other) => (one.name < other.name ? -1 : one.name > other.name ? 1 : 0));
}

const nameOf = (path: string) => path.slice(path.lastIndexOf('node_modules/') + 'node_modules/'.length);

/** Where a name leads from a package: its own folder first, then those above. */
function resolved(packages: Lock['packages'], from: string, name: string): string | undefined {
  for (let base = from; ; base = base.slice(0, Math.max(0, base.lastIndexOf('/node_modules/')))) {
    const path = base === '' ? `node_modules/${name}` : `${base}/node_modules/${name}`;
    if (packages[path] !== undefined) return path;
    if (base === '') return undefined;
  }
}

/** A binary for another platform, which was never installed here, has the licence of those for this one. */
function licenceOf(packages: Lock['packages'], path: string): string {
  const own = packages[path]?.license;
  if (own !== undefined) return own;
  const stem = /^(?<stem>.*?)-(?:android|darwin|linux|win32|windows|freebsd)-/.exec(path)?.groups?.stem;
  const sibling = Object.entries(packages).find(
    ([other, { license }]) => stem !== undefined && license !== undefined && other.startsWith(`${stem}-`),
  );
  return sibling?.[1].license ?? 'unknown';
}

/** `docs/dependencies.md`. Pure. */
export function renderDependencies(
  manifest: Manifest,
  lock: Lock,
  reasons: Readonly<Record<string, string>>,
  plain: ReadonlySet<string>,
  notes: Readonly<Record<string, string>>,
): string {
  const packages = lockedPackages(manifest, lock);
  const direct = (names: Manifest['dependencies']) =>
    Object.keys(names)
      .sort()
      .map((name) => {
        const found = packages.find((one) => one.name === name && one.broughtBy.includes(name));
        return `| ${name} | ${found?.version ?? ''} | ${found?.licence ?? ''} | ${reasons[name] ?? ''} |`;
      });
  const heads = ['| package | version | licence | why |', '| --- | --- | --- | --- |'];
  const counts = Map.groupBy(packages, ({ licence }) => licence);
  const indirect = packages.filter(({ name, broughtBy }) => !broughtBy.includes(name));
  return [
    '# Dependencies',
    '',
    'Generated from `package.json`, `package-lock.json` and `scripts/docs/dependency-reasons.ts` by `npm run docs`;',
    'a test fails when it is stale, when a dependency has no reason, and when a licence needs a word that it has not.',
    '',
    `This project is under ${manifest.license}. Versions are exact; \`npm run audit\` asks the registry for known`,
    'vulnerabilities of them. A registry that is a mirror may not answer that: ask one that does.',
    '',
    '## What the programs need',
    '',
    ...heads,
    ...direct(manifest.dependencies),
    '',
    '## What building and testing need',
    '',
    ...heads,
    ...direct(manifest.devDependencies),
    '',
    '## Licences',
    '',
    '| licence | packages | |',
    '| --- | ---: | --- |',
    ...[...counts]
      .sort(([, one], [, other]) => other.length - one.length)
      .map(
        ([licence, those]) =>
          `| ${licence} | ${those.length} | ${plain.has(licence) ? '' : `${notes[licence] ?? ''} (${[...new Set(those.map(({ name }) => name))].join(', ')})`} |`,
      ),
    '',
    '## What comes with them',
    '',
    '| package | version | licence | comes with |',
    '| --- | --- | --- | --- |',
    ...indirect.map(
      ({ name, version, licence, broughtBy }) =>
        `| ${name} | ${version} | ${licence} | ${broughtBy.length > 3 ? `${broughtBy.slice(0, 3).join(', ')} and ${broughtBy.length - 3} more` : broughtBy.join(', ')} |`,
    ),
    '',
  ].join('\n');
}
