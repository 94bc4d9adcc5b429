import { spawn } from 'node:child_process';
import { existsSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { databaseAuthoritiesFile, scratchFolder } from '../../config/names.ts';
import { containerContracts } from '../../lib/task-contracts/catalogue.ts';
import { platformVariables } from '../../lib/task-contracts/launch-environment.ts';
import { boundsOf, definitionOf } from './container-limits.ts';
import { toolVariables } from './tool-variables.ts';

/**
 * What the local cloud starts instead of the tasks' program, to run them in their image within the bounds of
 * their definition. Values of variables are taken over by name, so that no secret is on a command line.
 *
 * Arguments: tool, image, folder that holds what a task may read and write, the task's own.
 */
const [given, image = '', home = '', ...command] = process.argv.slice(2);
const tool = given === 'docker' ? 'docker' : 'podman';
const contract = containerContracts.find(({ name }) => name === command[0]);
if (contract === undefined) throw new Error(`no contract of the name ${command[0]}`);
const own = {
  [platformVariables.scratch]: scratchFolder,
  [platformVariables.databaseAuthorities]: databaseAuthoritiesFile,
};
const notOurs = new Set(['PATH', 'HOME', ...toolVariables, ...Object.keys(own)]);
const variables = Object.keys(process.env).filter((name) => !notOurs.has(name));
const store = process.env[platformVariables.evidenceStore];
const mounts = [
  `${process.env[platformVariables.scratch]}:${scratchFolder}`,
  ...(existsSync(`${home}/runs`) ? [`${home}/runs:${home}/runs`] : []),
  ...(store?.startsWith('file:') === true ? [`${fileURLToPath(store)}:${fileURLToPath(store)}`] : []),
  // The environment beside the one that the image was built for has an authority of its own, of the same name.
  ...(store?.startsWith('s3:') === true ? [`${home}/postgres/authority.pem:${databaseAuthoritiesFile}`] : []),
];
const child = spawn(
  tool,
  [
    'run',
    '--rm',
    ...boundsOf(tool, definitionOf(contract, image)),
    ...['--network', 'host'],
    ...mounts.flatMap((mount) => ['--volume', mount]),
    ...Object.entries(own).flatMap(([name, value]) => ['--env', `${name}=${value}`]),
    ...variables.flatMap((name) => ['--env', name]),
    image,
    ...command,
  ],
  { stdio: 'inherit' },
);
for (const signal of ['SIGTERM', 'SIGINT'] as const) process.on(signal, () => child.kill(signal));
child.on('close', (code) => process.exit(code ?? 137));
