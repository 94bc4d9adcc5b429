import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { setTimeout as delay } from 'node:timers/promises';
import { freePort } from '../support/free-port.ts';
import { findProgram } from './find-program.ts';

/** An emulation of AWS on loopback, as far as moto goes: it keeps what it is given, and runs nothing. */
export type Moto = { readonly url: string; readonly close: () => Promise<void> };

/** Account of everything that moto knows. */
export const motoAccount = '123456789012';

/** Starts it on a free port, with nothing in it, and waits until it answers. It is a program that this project does not bring. */
export async function startMoto(): Promise<Moto> {
  const program = findProgram('moto_server');
  if (program === undefined) throw new Error('there is no moto_server: npm run test:aws looks for it first');
  const port = await freePort();
  const child = spawn(program, ['-H', '127.0.0.1', '-p', String(port)], {
    stdio: ['ignore', 'ignore', 'ignore'],
  });
  const url = `http://127.0.0.1:${port}`;
  for (let attempt = 0; ; attempt += 1) {
    const answers = await fetch(`${url}/moto-api/data.json`).then(
      ({ ok }) => ok,
      () => false,
    );
    if (answers) break;
    if (attempt > 300 || child.exitCode !== null) throw new Error('moto_server did not start');
    await delay(100);
  }
  return { url, close: () => end(child) };
}

async function end(child: ChildProcess): Promise<void> {
  if (child.exitCode !== null) return;
  const closed = once(child, 'close');
  child.kill('SIGKILL');
  await closed;
}
