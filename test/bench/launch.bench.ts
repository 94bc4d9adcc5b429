import { fileURLToPath } from 'node:url';
import { createTestEnvironment } from '../support/local-environment.ts';
import { cloudServers } from './cloud-servers.ts';
import { defineBench } from './definition.ts';

const fraudctl = fileURLToPath(new URL('../../bin/fraudctl.mjs', import.meta.url));

/** What a launch costs beside a bare child process that does as little. */
export const bench = defineBench({
  name: 'launch',
  what: 'fraudctl task run probe on a warm local environment, launch to sealed verdict',
  reading:
    'A launch is three processes (command line, agent, task) beside the cloud that runs its state machine, a check of the database, and a bundle sealed in three places; a child process is one that does nothing and leaves nothing.',
  quick: true,
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
    servers: ({ home }) => cloudServers(home),
    command: ({ home }) => ({
      file: process.execPath,
      args: [fraudctl, '--json', 'task', 'run', 'probe'],
      env: { PATH: process.env.PATH ?? '', FRAUD_PLATFORM_HOME: home },
    }),
  },
  alternatives: [
    {
      kind: 'process',
      label: 'a bare child process',
      command: () => ({ file: process.execPath, args: ['-e', '0'], env: {} }),
    },
  ],
  targets: [{ measure: 'wallSeconds', atMost: 0.8 }],
});
