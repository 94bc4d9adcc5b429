import { chmodSync, mkdtempSync } from 'node:fs';
import { rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { stopLocalCloud } from '../../lib/local-cloud/control.ts';
import { cloudServers } from './cloud-servers.ts';
import { defineBench } from './definition.ts';

const fraudctl = fileURLToPath(new URL('../../bin/fraudctl.mjs', import.meta.url));

/** From nothing to a migrated environment; every run has an empty folder of its own. */
export const bench = defineBench({
  name: 'launch-cold-start',
  what: 'fraudctl local up in an empty folder: cloud, PostgreSQL cluster, migration',
  prepare: (): string[] => [],
  cleanUp: async (homes) => {
    for (const home of homes) {
      await stopLocalCloud(home, true);
      await rm(home, { recursive: true, force: true });
    }
  },
  subject: {
    kind: 'process',
    label: 'fraudctl local up',
    command: (homes) => {
      const home = mkdtempSync(join(tmpdir(), 'cold-start-'));
      // Run as root, PostgreSQL is another user and must be able to pass through.
      chmodSync(home, 0o711);
      homes.push(home);
      return {
        file: process.execPath,
        args: [fraudctl, 'local', 'up'],
        env: { PATH: process.env.PATH ?? '', FRAUD_PLATFORM_HOME: home },
      };
    },
    servers: (homes) => cloudServers(homes.at(-1) ?? ''),
    // What stays up would take memory and processor from the next run.
    afterwards: async (homes) => void (await stopLocalCloud(homes.at(-1) ?? '', true)),
  },
  targets: [{ measure: 'wallSeconds', atMost: 4 }],
});
