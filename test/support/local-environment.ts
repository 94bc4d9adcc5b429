import { type ChildProcess, spawn } from 'node:child_process';
import { chmod, mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import type { EvidenceStore } from '../../lib/evidence/stores/evidence-store.ts';
import { createFolderStore } from '../../lib/evidence/stores/folder-store.ts';
import { ensureLocalCloud, localCloudStatus, stopLocalCloud } from '../../lib/local-cloud/control.ts';
import { localAccount, localRegion } from '../../lib/local-cloud/local-identity.ts';
import { connectCloud } from '../../lib/operator/cloud-clients.ts';
import type { OperatorEnvironment } from '../../lib/operator/operator-environment.ts';
import { holdToShapes } from './json-shapes.ts';

const program = fileURLToPath(new URL('../../bin/fraudctl.mjs', import.meta.url));

export type Finished = { readonly exitCode: number | null; readonly stdout: string; readonly stderr: string };

/** A local environment of its own for one test file: real cloud, real PostgreSQL, real tasks. */
export type TestEnvironment = {
  readonly home: string;
  readonly evidence: EvidenceStore;
  /** Runs fraudctl to its end; what it prints with `--json` is held to its shape. */
  readonly fraudctl: (...parameters: string[]) => Promise<Finished>;
  /** Starts fraudctl in a process group of its own, for those who mean to kill it. */
  readonly startFraudctl: (...parameters: string[]) => ChildProcess;
  /** Clients on this environment's wire; starts the cloud if need be. */
  readonly open: () => Promise<OperatorEnvironment>;
  /** SIGKILL to the cloud's process alone; returns when it is gone. */
  readonly killCloud: () => Promise<void>;
  readonly close: () => Promise<void>;
};

/** `entryPoint` is what tasks are started with instead of this clone's own program. */
export async function createTestEnvironment({
  fsync = false,
  entryPoint,
  interference,
}: {
  readonly fsync?: boolean;
  readonly entryPoint?: (home: string) => readonly string[];
  /** What happens to the cloud from the inside. */
  readonly interference?: (home: string) => { readonly module: string; readonly argument: string };
} = {}): Promise<TestEnvironment> {
  const home = await mkdtemp(join(tmpdir(), 'environment-'));
  // Run as root, PostgreSQL is another user and must be able to pass through.
  await chmod(home, 0o711);
  const evidence = createFolderStore(join(home, 'evidence'));
  const opened: OperatorEnvironment[] = [];
  const startFraudctl = (...parameters: string[]) =>
    spawn(process.execPath, [program, ...parameters], {
      env: { ...process.env, FRAUD_PLATFORM_HOME: home, NO_COLOR: '1' },
      stdio: ['ignore', 'pipe', 'pipe'],
      detached: true,
    });
  // Data of tests may be lost with the machine; the flag counts for whoever starts the cloud first.
  const ensure = () =>
    ensureLocalCloud(home, {
      fsync,
      ...(entryPoint === undefined ? {} : { entryPoint: entryPoint(home) }),
      ...(interference === undefined ? {} : { interference: interference(home) }),
    });
  await ensure();
  return {
    home,
    evidence,
    startFraudctl,
    fraudctl: async (...parameters) => {
      const run = await finished(startFraudctl(...parameters));
      holdToShapes(parameters, run);
      return run;
    },
    open: async () => {
      const { port, accessKey } = await ensure();
      const clients = connectCloud({
        region: localRegion,
        loopback: { endpoint: `http://127.0.0.1:${port}`, accessKey },
      });
      const environment: OperatorEnvironment = {
        name: 'local',
        account: localAccount,
        region: localRegion,
        clients,
        evidence,
        mirror: createFolderStore(join(home, 'mirror')),
      };
      opened.push(environment);
      return environment;
    },
    killCloud: async () => {
      const status = await localCloudStatus(home);
      if (status === undefined) return;
      process.kill(status.pid, 'SIGKILL');
      while ((await localCloudStatus(home)) !== undefined)
        await new Promise((resolve) => setTimeout(resolve, 5));
    },
    close: async () => {
      for (const { clients } of opened) clients.close();
      // A cloud that was killed leaves PostgreSQL and tasks behind; only a living one can end them.
      await ensure();
      await stopLocalCloud(home, true);
      await rm(home, { recursive: true, force: true });
    },
  };
}

export async function finished(child: ChildProcess): Promise<Finished> {
  let stdout = '';
  let stderr = '';
  child.stdout?.on('data', (chunk) => {
    stdout += String(chunk);
  });
  child.stderr?.on('data', (chunk) => {
    stderr += String(chunk);
  });
  return await new Promise((resolve, reject) => {
    child.on('error', reject);
    child.on('close', (exitCode) => resolve({ exitCode, stdout, stderr }));
  });
}
