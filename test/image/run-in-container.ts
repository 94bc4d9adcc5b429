import { spawn } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import { databaseAuthoritiesFile, scratchFolder } from '../../config/names.ts';
import { containerContracts } from '../../lib/task-contracts/catalogue.ts';
import { platformVariables } from '../../lib/task-contracts/launch-environment.ts';
import { renderTaskDefinition } from '../../lib/task-contracts/task-definition.ts';

/**
 * What the local cloud starts instead of the tasks' program, to run them in their image as their definition
 * says: user, memory, read-only root, init, capabilities, one writable volume. Values of variables are taken
 * over by name, so that no secret is on a command line.
 *
 * Arguments: tool, image, folder that holds what a task may read and write, the task's own.
 */
const [tool = '', image = '', home = '', ...command] = process.argv.slice(2);
const contract = containerContracts.find(({ name }) => name === command[0]);
if (contract === undefined) throw new Error(`no contract of the name ${command[0]}`);
const { cpu, memory, containerDefinitions } = renderTaskDefinition(contract, {
  environment: 'local',
  account: '',
  region: '',
  image,
  imageDigest: '',
  evidenceStore: '',
  databaseAuthorities: databaseAuthoritiesFile,
  scratch: scratchFolder,
  settings: Object.fromEntries(Object.keys(contract.settings).map((name) => [name, ''])),
});
const [container] = containerDefinitions;
const own = {
  [platformVariables.scratch]: scratchFolder,
  [platformVariables.databaseAuthorities]: databaseAuthoritiesFile,
};
const notOurs = new Set(['PATH', 'HOME', 'CONTAINERS_CONF', ...Object.keys(own)]);
const variables = Object.keys(process.env).filter((name) => !notOurs.has(name));
const store = process.env[platformVariables.evidenceStore];
const mounts = [
  `${process.env[platformVariables.scratch]}:${scratchFolder}`,
  `${home}/runs:${home}/runs`,
  ...(store === undefined ? [] : [`${fileURLToPath(store)}:${fileURLToPath(store)}`]),
];
const child = spawn(
  tool,
  [
    'run',
    '--rm',
    '--init',
    '--read-only',
    // Docker and podman give /tmp and more where a root is read-only; Fargate gives nothing.
    ...(tool === 'podman' ? ['--read-only-tmpfs=false'] : []),
    ...['--user', container.user],
    ...['--cap-drop', 'ALL'],
    ...['--security-opt', 'no-new-privileges'],
    ...['--memory', `${memory}m`, '--memory-swap', `${memory}m`],
    ...['--cpu-shares', cpu],
    ...['--stop-timeout', String(container.stopTimeout)],
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
