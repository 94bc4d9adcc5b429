import childProcess from 'node:child_process';
import { appendFileSync } from 'node:fs';
import fs, { type FileHandle } from 'node:fs/promises';
import http, { type ClientRequest } from 'node:http';
import { syncBuiltinESMExports } from 'node:module';
import net from 'node:net';
import { devNull } from 'node:os';
import { sep } from 'node:path';

/**
 * Loaded before a program (`node --import`): counts what the program does to the world and waits for, and
 * ends it by SIGKILL, without any clean-up, at one of them. A request is counted by its operation, a process by
 * being started, a change of the file system by what is done and in which of the places of `CRASH_PLACES` (`name=folder`, separated by
 * commas). Reading a file is not counted: dying there is dying after what was done before.
 *
 * `CRASH_AT`: `<what> <place>#<n>`; `CRASH_MOMENT`: `before` its effect, `half` of a file written, or `after`
 * the effect, when the program does not know of it yet. `CRASH_TRACE`: a file that every count is added to.
 */
const fatal = process.env.CRASH_AT ?? '';
const moment = process.env.CRASH_MOMENT ?? 'before';
const trace = process.env.CRASH_TRACE ?? '';
const places = (process.env.CRASH_PLACES ?? '').split(',').map((pair) => pair.split('='));
for (const name of ['CRASH_AT', 'CRASH_MOMENT', 'CRASH_TRACE', 'CRASH_PLACES']) delete process.env[name];

const counts = new Map<string, number>();

/** Counts one, and says whether it is the fatal one. */
function isFatal(what: string): boolean {
  const count = (counts.get(what) ?? 0) + 1;
  counts.set(what, count);
  const label = `${what}#${count}`;
  if (trace !== '') appendFileSync(trace, `${label}\n`);
  return label === fatal;
}

function die(): void {
  process.kill(process.pid, 'SIGKILL');
}

function placeOf(path: unknown): string {
  const text = String(path);
  const inside = places.filter(([, folder = '']) => text === folder || text.startsWith(`${folder}${sep}`));
  const [name = 'elsewhere'] =
    inside.sort(([, one = ''], [, other = '']) => other.length - one.length)[0] ?? [];
  return name;
}

async function around<T>(what: string, effect: () => Promise<T>, half?: () => Promise<unknown>): Promise<T> {
  const mine = isFatal(what);
  if (mine && moment === 'before') die();
  if (mine && moment === 'half' && half !== undefined) {
    await half();
    die();
  }
  const result = await effect();
  if (mine) die();
  return result;
}

function firstHalf(data: unknown): Uint8Array {
  const bytes =
    typeof data === 'string' ? Buffer.from(data) : data instanceof Uint8Array ? data : Buffer.alloc(0);
  return bytes.subarray(0, Math.floor(bytes.length / 2));
}

type Changing = (...parameters: never[]) => Promise<unknown>;

/** Wraps one function of the file system; `path` says which parameter is the place. */
function wrap(target: object, name: string, path: number): void {
  const original: Changing = Reflect.get(target, name);
  Reflect.set(target, name, (...parameters: never[]) =>
    around(`${name} ${placeOf(parameters[path])}`, () => original.apply(target, parameters)),
  );
}

for (const name of ['mkdir', 'rm', 'unlink', 'rmdir']) wrap(fs, name, 0);
for (const name of ['link', 'rename', 'copyFile', 'symlink']) wrap(fs, name, 1);

const { writeFile, open } = fs;
Reflect.set(fs, 'writeFile', (...[path, data, options]: Parameters<typeof writeFile>) =>
  around(
    `writeFile ${placeOf(path)}`,
    () => writeFile(path, data, options),
    () => writeFile(path, firstHalf(data), options),
  ),
);
Reflect.set(fs, 'open', (...[path, flags, mode]: Parameters<typeof open>) => {
  const changes = /[wax+]/.test(String(flags ?? 'r'));
  return changes ? around(`open ${placeOf(path)}`, () => open(path, flags, mode)) : open(path, flags, mode);
});

const handle = await open(devNull, 'r');
const handlePrototype: FileHandle = Object.getPrototypeOf(handle);
await handle.close();
const { writeFile: writeHandle, sync } = handlePrototype;
Reflect.set(
  handlePrototype,
  'writeFile',
  function (this: FileHandle, ...[data, options]: Parameters<FileHandle['writeFile']>) {
    return around(
      'write file',
      () => writeHandle.call(this, data, options),
      () => writeHandle.call(this, firstHalf(data), options),
    );
  },
);
Reflect.set(handlePrototype, 'sync', function (this: FileHandle) {
  return around('sync file', () => sync.call(this));
});

const { request } = http;
Reflect.set(http, 'request', (...parameters: unknown[]): ClientRequest => {
  const headers: Readonly<Record<string, string>> = Object(parameters[0]).headers ?? {};
  const target = Object.entries(headers).find(([name]) => name.toLowerCase() === 'x-amz-target');
  const mine = isFatal(`send ${target?.[1].split('.').at(-1) ?? 'request'}`);
  if (mine && moment === 'before') die();
  const sent: ClientRequest = Reflect.apply(request, http, parameters);
  // First of its listeners: the program never sees the answer.
  if (mine) sent.once('response', die);
  return sent;
});

// Who asks the local cloud how it is, or to stop, connects to an address that is no port.
const { connect } = net;
Reflect.set(net, 'connect', (...parameters: unknown[]): net.Socket => {
  const mine = Object(parameters[0]).path !== undefined && isFatal('ask cloud');
  if (mine && moment === 'before') die();
  const socket: net.Socket = Reflect.apply(connect, net, parameters);
  if (mine) socket.once('close', die);
  return socket;
});

const { spawn } = childProcess;
Reflect.set(childProcess, 'spawn', (...parameters: unknown[]): childProcess.ChildProcess => {
  const mine = isFatal('spawn process');
  if (mine && moment === 'before') die();
  const child: childProcess.ChildProcess = Reflect.apply(spawn, childProcess, parameters);
  if (mine) die();
  return child;
});
syncBuiltinESMExports();
