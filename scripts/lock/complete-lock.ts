import { z } from 'zod';

/** Entries stay as npm wrote them, order of keys included; what we read of one is parsed when it is read. */
const lockSchema = z.looseObject({ packages: z.record(z.string(), z.record(z.string(), z.unknown())) });
const optionalSchema = z.record(z.string(), z.string()).default({});

export type Lock = z.infer<typeof lockSchema>;

/** @throws ZodError for text that is no lock file of version 2 or 3, SyntaxError for text that is no JSON */
export function parseLock(text: string): Lock {
  return lockSchema.parse(JSON.parse(text));
}

/** Name and exact version of every optional package that no entry of the lock stands for. */
export function missingOptionalPackages(lock: Lock): readonly { name: string; version: string }[] {
  const paths = Object.keys(lock.packages);
  return Object.values(lock.packages)
    .flatMap((entry) => Object.entries(optionalSchema.parse(entry.optionalDependencies)))
    .filter(([name]) => !paths.some((path) => path.endsWith(`node_modules/${name}`)))
    .map(([name, version]) => ({ name, version }));
}

/**
 * Adds an entry for each optional platform package that npm left out because the registry it was asked
 * does not carry it. `npm ci` compares names and versions and refuses a lock without them. The platform
 * is read from the package's name; npm downloads such a package on that platform only, and without a
 * recorded digest, which is why an entry that npm wrote itself is never touched.
 */
export function completeLock(lock: Lock): { readonly lock: Lock; readonly added: readonly string[] } {
  const missing = missingOptionalPackages(lock);
  const entries = missing.map(
    ({ name, version }) =>
      [`node_modules/${name}`, { version, ...platformOf(name), optional: true }] as const,
  );
  const packages = { ...lock.packages, ...Object.fromEntries(entries) };
  return { lock: { ...lock, packages }, added: missing.map(({ name }) => name) };
}

const systems = ['aix', 'android', 'darwin', 'freebsd', 'linux', 'openbsd', 'sunos', 'win32', 'windows'];
const processors = ['arm64', 'arm', 'ia32', 'ppc64', 'riscv64', 's390x', 'x64'];

function platformOf(name: string): { os?: string[]; cpu?: string[]; libc?: string[] } {
  const words = name.split(/[-/_]/);
  const system = systems.find((candidate) => words.includes(candidate));
  const processor = processors.find((candidate) => words.includes(candidate));
  return {
    ...(system === undefined ? {} : { os: [system === 'windows' ? 'win32' : system] }),
    ...(processor === undefined ? {} : { cpu: [processor] }),
    ...(words.includes('musl') ? { libc: ['musl'] } : {}),
  };
}
