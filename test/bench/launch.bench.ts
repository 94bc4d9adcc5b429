import { fileURLToPath } from 'node:url';
import { createTestEnvironment } from '../support/local-environment.ts';
import { defineBench } from './definition.ts';

const fraudctl = fileURLToPath(new URL('../../bin/fraudctl.mjs', import.meta.url));

/** What a launch costs beside a bare child process that does as little. */
export const bench = defineBench({
  name: 'launch',
  what: 'fraudctl task run probe on a warm local environment, launch to sealed verdict',
  prepare: async () => {
    const environment = await createTestEnvironment();
    const up = await environment.fraudctl('local', 'up');
    if (up.exitCode !== 0) throw new Error(up.stderr);
    return environment;
  },
  cleanUp: (environment) => environment.close(),
  subject: {
    kind: 'process',
    label: 'fraudctl task run probe',
    command: ({ home }) => ({
      file: process.execPath,
      args: [fraudctl, '--json', 'task', 'run', 'probe'],
      env: { PATH: process.env.PATH ?? '', FRAUD_PLATFORM_HOME: home },
    }),
  },
  alternative: {
    kind: 'process',
    label: 'a bare node process',
    command: () => ({ file: process.execPath, args: ['-e', '0'], env: {} }),
  },
  targets: [{ measure: 'wallSeconds', atMost: 0.8 }],
});
