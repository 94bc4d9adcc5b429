import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { setTimeout as delay } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import { gateContract } from '../../lib/task-contracts/gate.ts';
import { freePort } from './free-port.ts';
import { launchVariablesOf } from './launch-environment.ts';
import type { TestEnvironment } from './local-environment.ts';

const main = fileURLToPath(new URL('../../tasks/main.mjs', import.meta.url));

export type StartedGate = {
  readonly url: string;
  /** Whether the process that was started is still there. */
  readonly lives: () => boolean;
  readonly close: () => Promise<void>;
};

/** A gate beside the service of an environment, whose database is behind another port than PostgreSQL's own. */
export async function startGate(
  environment: TestEnvironment,
  scratch: string,
  ports: { readonly postgres: number; readonly through: number },
): Promise<StartedGate> {
  const variables = await launchVariablesOf(environment, gateContract, {
    parameters: {},
    number: 0,
    scratch,
  });
  const port = await freePort();
  const url = `http://127.0.0.1:${port}`;
  const child = spawn(process.execPath, [main, gateContract.name], {
    env: {
      ...variables,
      PORT: String(port),
      DATABASE_DSN: (variables.DATABASE_DSN ?? '').replace(`:${ports.postgres}/`, `:${ports.through}/`),
    },
    stdio: ['ignore', 'ignore', 'inherit'],
  });
  const ended = once(child, 'close');
  const lives = () => child.exitCode === null && child.signalCode === null;
  const until = Date.now() + 30_000;
  while (!(await fetch(`${url}/health`).catch(() => undefined))?.ok) {
    if (!lives() || Date.now() > until) {
      child.kill('SIGKILL');
      throw new Error('the gate does not come up');
    }
    await delay(50);
  }
  return {
    url,
    lives,
    close: async () => {
      child.kill('SIGTERM');
      await ended;
    },
  };
}
