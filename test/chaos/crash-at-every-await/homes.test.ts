import assert from 'node:assert/strict';
import { chmod, mkdir, readdir, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { ensureLocalCloud, localCloudStatus, stopLocalCloud } from '../../../lib/local-cloud/control.ts';
import { assertWholeHome } from '../../support/crash/crash-case.ts';
import { type CrashGround, crashSuite, quick, slow } from '../../support/crash/crash-suite.ts';
import { createTestEnvironment } from '../../support/local-environment.ts';

/** Homes of their own that are there now. */
const begun = new Set<string>();

async function endHome(home: string): Promise<void> {
  await stopLocalCloud(home, true);
  await rm(home, { recursive: true, force: true });
  begun.delete(home);
}

const { crash } = crashSuite(async () => {
  const environment = await createTestEnvironment();
  return {
    environment,
    close: async () => {
      for (const home of begun) await endHome(home);
      await environment.close();
    },
  };
});

/** A local environment for each number, beside the file's own. */
function homes(kind: string, { folder }: CrashGround) {
  const home = (number: number) => join(folder, `${kind}-${number}`);
  return {
    home,
    begin: async (number: number) => {
      await mkdir(home(number));
      begun.add(home(number));
      // Run as root, PostgreSQL is another user and must be able to pass through.
      for (const place of [folder, home(number)]) await chmod(place, 0o711);
      return home(number);
    },
    end: (number: number) => endHome(home(number)),
  };
}

crash(
  'local up',
  (ground) => {
    const { home, begin, end } = homes('up', ground);
    return {
      home,
      command: async (number) => {
        await begin(number);
        return ['--json', 'local', 'up'];
      },
      // The migration that the one that died has started may still run: it comes to an end by itself.
      verdict: ({ exitCode, stdout }) => ({ exitCode, state: JSON.parse(stdout || '{}').state }),
      check: async (number, moment) => {
        if (moment === 'dead') return;
        await stopLocalCloud(home(number), true);
        await assertWholeHome(home(number));
        await end(number);
      },
    };
  },
  slow,
);

crash(
  'local down',
  (ground) => {
    const { home, begin, end } = homes('down', ground);
    return {
      home,
      command: async (number) => {
        await ensureLocalCloud(await begin(number), { fsync: false });
        return ['--json', 'local', 'down'];
      },
      verdict: ({ exitCode, stdout }) => ({ exitCode, state: JSON.parse(stdout || '{}').state }),
      check: async (number, moment) => {
        if (moment === 'dead') return;
        assert.equal(await localCloudStatus(home(number)), undefined);
        await end(number);
      },
    };
  },
  quick,
);

crash(
  'local remove --yes',
  (ground) => {
    const { home, begin, end } = homes('removed', ground);
    return {
      home,
      command: async (number) => {
        await ensureLocalCloud(await begin(number), { fsync: false });
        return ['--json', 'local', 'remove', '--yes'];
      },
      // Removed by the one that died to its last file, it is not there any more.
      verdict: ({ exitCode, stdout }) =>
        exitCode === 0 || (exitCode === 64 && stdout.includes('HOME_UNKNOWN')),
      check: async (number, moment) => {
        if (moment === 'dead') return;
        assert.equal(await localCloudStatus(home(number)), undefined);
        assert.deepEqual(await readdir(home(number)).catch(() => []), []);
        await end(number);
      },
    };
  },
  quick,
);
