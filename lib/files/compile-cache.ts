import { fileURLToPath } from 'node:url';

/**
 * Where every program of a clone keeps what Node has compiled: what one has compiled, the others need not. Node keys
 * it by source and by its own version. `bin/fraudctl.mjs` and `tasks/main.mjs` name the same folder, before any
 * TypeScript can be loaded.
 */
export const compileCacheFolder = fileURLToPath(
  new URL('../../node_modules/.cache/compile', import.meta.url),
);
