import { fileURLToPath } from 'node:url';
import { createTestEnvironment } from '../support/local-environment.ts';
import { defineBench } from './definition.ts';

const fraudctl = fileURLToPath(new URL('../../bin/fraudctl.mjs', import.meta.url));
const window = ['run_id=platform_20260221T060431Z', 'from=2026-02-21T06:06:00Z', 'to=2026-02-21T06:24:00Z'];

/** What a question costs from the command to the table, verdict sealed, beside a bare child process. */
export const bench = defineBench({
  name: 'query',
  what: 'fraudctl query receipts_window on a warm local environment, from launch to table',
  prepare: async () => {
    const environment = await createTestEnvironment();
    const first = await environment.fraudctl('query', 'schema_status');
    if (first.exitCode !== 0) throw new Error(first.stderr);
    return environment;
  },
  cleanUp: (environment) => environment.close(),
  subject: {
    kind: 'process',
    label: 'fraudctl query receipts_window',
    command: ({ home }) => ({
      file: process.execPath,
      args: [fraudctl, 'query', 'receipts_window', ...window.flatMap((one) => ['--param', one])],
      env: { PATH: process.env.PATH ?? '', FRAUD_PLATFORM_HOME: home },
    }),
  },
  alternative: {
    kind: 'process',
    label: 'a bare node process',
    command: () => ({ file: process.execPath, args: ['-e', '0'], env: {} }),
  },
  targets: [{ measure: 'wallSeconds', atMost: 1 }],
});
