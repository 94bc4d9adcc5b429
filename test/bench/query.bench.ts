import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { secretParameterName } from '../../config/names.ts';
import { createTestEnvironment } from '../support/local-environment.ts';
import { readParameters } from '../support/read-parameters.ts';
import { cloudServers } from './cloud-servers.ts';
import { defineBench } from './definition.ts';

const fraudctl = fileURLToPath(new URL('../../bin/fraudctl.mjs', import.meta.url));
const bareQuery = fileURLToPath(new URL('alternatives/bare-query.ts', import.meta.url));
const values = ['platform_20260221T060431Z', '2026-02-21T06:06:00Z', '2026-02-21T06:24:00Z'];
const window = ['run_id', 'from', 'to'].map((name, at) => `${name}=${values[at]}`);

/** What a question costs from the command to the table, verdict sealed, beside the same SQL sent by a script. */
export const bench = defineBench({
  name: 'query',
  what: 'fraudctl query receipts_window on a warm local environment, from launch to table',
  reading:
    'A question runs as a task beside the database, as a role that only reads, and its answer is sealed with the digest of the question; a script connects, asks, prints, and proves nothing.',
  quick: true,
  prepare: async () => {
    const environment = await createTestEnvironment();
    const first = await environment.fraudctl('query', 'schema_status');
    if (first.exitCode !== 0) throw new Error(first.stderr);
    const [dsn = ''] = await readParameters(environment.home, [
      secretParameterName('local', 'database/query/dsn'),
    ]);
    const authorities = await readFile(join(environment.home, 'postgres', 'authority.pem'), 'utf8');
    const bareEnvironment = { PATH: process.env.PATH ?? '', BARE_DSN: dsn, BARE_AUTHORITIES: authorities };
    return { ...environment, bareEnvironment };
  },
  cleanUp: (environment) => environment.close(),
  subject: {
    kind: 'process',
    label: 'fraudctl query receipts_window',
    servers: ({ home }) => cloudServers(home),
    command: ({ home }) => ({
      file: process.execPath,
      args: [fraudctl, 'query', 'receipts_window', ...window.flatMap((one) => ['--param', one])],
      env: { PATH: process.env.PATH ?? '', FRAUD_PLATFORM_HOME: home },
    }),
  },
  alternatives: [
    {
      kind: 'process',
      label: 'a bare pg query',
      servers: ({ home }) => cloudServers(home),
      command: ({ bareEnvironment }) => ({
        file: process.execPath,
        args: [bareQuery, ...values],
        env: bareEnvironment,
      }),
    },
  ],
  targets: [{ measure: 'wallSeconds', atMost: 1 }],
});
