import { mkdir, readFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { writeWhole } from '../files/write-whole.ts';
import { drawPort, isFreePort, isReservable } from './loopback-port.ts';

/**
 * The TCP port of each service of a home, the same from one start of the cloud to the next: tasks that
 * live through a restart have it in their environment. A port that somebody else took meanwhile is
 * replaced, unless a task of the service still lives, which then holds it itself.
 */
export async function choosePorts(
  folder: string,
  services: readonly { readonly name: string; readonly alive: boolean }[],
): Promise<ReadonlyMap<string, number>> {
  const ports = new Map<string, number>();
  for (const { name, alive } of services) {
    const file = join(folder, `${name}.port`);
    const known = Number(await readFile(file, 'utf8').catch(() => ''));
    const keep = known > 0 && (alive || (isReservable(known) && (await isFreePort(known))));
    const port = keep ? known : await drawPort();
    if (port === undefined) throw new Error(`no port of 127.0.0.1 is free for ${name}`);
    if (!keep) {
      await mkdir(dirname(file), { recursive: true });
      await writeWhole(file, String(port), { replace: true, mode: 0o600 });
    }
    ports.set(name, port);
  }
  return ports;
}
