import { join } from 'node:path';
import type { CommandContext } from '../../bin/commands/command-context.ts';
import { conductExecution } from '../../bin/commands/conduct-execution.ts';
import { launchTask } from '../../bin/commands/run-task.ts';
import type { EvidenceStore } from '../../lib/evidence/stores/evidence-store.ts';
import { createFolderStore } from '../../lib/evidence/stores/folder-store.ts';
import { ensureLocalCloud } from '../../lib/local-cloud/control.ts';
import { localAccount, localRegion } from '../../lib/local-cloud/local-identity.ts';
import { connectCloud } from '../../lib/operator/cloud-clients.ts';
import type { OperatorEnvironment } from '../../lib/operator/operator-environment.ts';

/**
 * A follower that dies: launches a probe and follows it as fraudctl does, and kills itself, without
 * any clean-up, at one of its calls to the cloud or the evidence store. With call 0 it lives, and prints how
 * many calls it made, and how many until the execution was started.
 *
 * Arguments: home, execution id, number of the call, `before` or `after` its effect.
 */
const [home = '', executionId = '', callText = '0', moment = 'before'] = process.argv.slice(2);
const fatalCall = Number(callText);
let calls = 0;
let callsToStart = 0;

async function dyingAt<T>(call: () => Promise<T>): Promise<T> {
  calls += 1;
  const fatal = calls === fatalCall;
  if (fatal && moment === 'before') process.kill(process.pid, 'SIGKILL');
  const result = await call();
  if (fatal) process.kill(process.pid, 'SIGKILL');
  return result;
}

function dyingStore(store: EvidenceStore): EvidenceStore {
  return {
    url: store.url,
    putIfAbsent: (...parameters) => dyingAt(() => store.putIfAbsent(...parameters)),
    putFileIfAbsent: (...parameters) => dyingAt(() => store.putFileIfAbsent(...parameters)),
    get: (...parameters) => dyingAt(() => store.get(...parameters)),
    fetchTo: (...parameters) => dyingAt(() => store.fetchTo(...parameters)),
    list: (...parameters) => store.list(...parameters),
  };
}

/** Every `send` of a client is a call. */
function dyingClient(client: { send: (...parameters: never[]) => Promise<unknown> }): void {
  const send = client.send.bind(client);
  client.send = (...parameters: never[]) => dyingAt(() => send(...parameters));
}

const cloud = await ensureLocalCloud(home);
const clients = connectCloud({
  region: localRegion,
  loopback: { endpoint: `http://127.0.0.1:${cloud.port}`, accessKey: cloud.accessKey },
});
for (const client of [clients.stepFunctions, clients.logs, clients.ecs]) dyingClient(client);
const environment: OperatorEnvironment = {
  name: 'local',
  account: localAccount,
  region: localRegion,
  clients,
  evidence: dyingStore(createFolderStore(join(home, 'evidence'))),
  mirror: dyingStore(createFolderStore(join(home, 'mirror'))),
};
const context: CommandContext = {
  output: { json: true, part: () => undefined, progress: () => undefined, result: () => undefined },
  openEnvironment: async () => environment,
  environmentName: 'local',
  signal: new AbortController().signal,
  now: () => Date.now(),
};
const { execution } = await launchTask(context, {
  task: 'probe',
  parameters: '{"note":"follower"}',
  deadline: undefined,
  runId: 'platform_20260221T020923Z',
  lane: undefined,
  executionId,
  relaunchWaitSeconds: 1,
});
callsToStart = calls;
await conductExecution(context, environment, execution);
clients.close();
process.stdout.write(JSON.stringify({ calls, callsToStart }));
