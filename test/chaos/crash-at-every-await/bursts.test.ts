import assert from 'node:assert/strict';
import { rm } from 'node:fs/promises';
import { join } from 'node:path';
import { runScopedPrefix } from '../../../config/names.ts';
import { snapshotName } from '../../../lib/gates/burst/snapshot.ts';
import { executionIdSchema, runIdSchema } from '../../../lib/vocabulary/identifiers.ts';
import { type BurstCommands, openBurstCommands } from '../../support/burst-commands.ts';
import { crashSuite, ended, launching, slow } from '../../support/crash/crash-suite.ts';
import { reportCase } from '../../support/crash/report-case.ts';
import type { Finished } from '../../support/local-environment.ts';

let commands: BurstCommands;
let burst: { readonly execution: string; readonly run: string };

const { crash, nothingIsLeft } = crashSuite(async () => {
  commands = await openBurstCommands();
  const plan = await commands.planFile({ duration_seconds: 1 });
  const { environment, bundle, close } = commands;
  const ran = await environment.fraudctl('--json', 'burst', 'run', plan, '--bundle', bundle);
  const { execution_id, run_id } = JSON.parse(ran.stdout);
  burst = { execution: execution_id, run: run_id };
  return { environment, close };
});

crash('burst adjudicate', ({ environment }) => ({
  atOnce: 1,
  // A rehearsal of a second certifies nothing: blockers are open.
  exits: 65,
  command: async () => {
    // As if nobody had judged it yet.
    const execution = executionIdSchema.parse(burst.execution);
    const control = join('evidence', 'local', 'run_control', execution, snapshotName);
    const scoped = join(runScopedPrefix(runIdSchema.parse(burst.run), execution), snapshotName);
    const { home } = environment;
    for (const path of [
      join(home, 'evidence', control),
      join(home, 'evidence', scoped),
      join(home, 'mirror', control),
    ]) {
      await rm(path, { force: true });
    }
    return ['--json', 'burst', 'adjudicate', burst.execution];
  },
  verdict: ({ exitCode, stdout }) => {
    const { snapshot_sha256, copies, blockers } = JSON.parse(stdout || '{}');
    return { exitCode, snapshot_sha256, copies, blockers };
  },
}));

crash('report burst', (ground) => reportCase('burst', ground, [burst.execution]), launching);

const judged = ({ exitCode, stdout }: Finished) => {
  const { verdict, cause, lanes, blockers } = JSON.parse(stdout || '{}');
  return {
    exitCode,
    verdict,
    cause,
    lanes: lanes?.length,
    blockers: blockers?.map(({ id }: { id: string }) => id),
  };
};

crash(
  'burst run',
  () => ({
    atOnce: 1,
    namedByClock: true,
    command: async () => {
      const plan = await commands.planFile({ duration_seconds: 1 });
      return ['--json', 'burst', 'run', plan, '--bundle', commands.bundle];
    },
    verdict: judged,
  }),
  slow,
);

crash(
  'burst stop',
  ({ environment }) => ({
    atOnce: 1,
    command: async () => {
      const plan = await commands.planFile({
        rate: { events_per_minute: 600 },
        duration_seconds: 300,
      });
      const detached = ['burst', 'run', plan, '--bundle', commands.bundle, '--detach'];
      const begun = await environment.fraudctl('--json', ...detached);
      assert.equal(begun.exitCode, 0, begun.stderr);
      return ['--json', 'burst', 'stop', JSON.parse(begun.stdout).execution_id];
    },
    verdict: (finished) => {
      const { exitCode, verdict, cause } = ended(finished);
      const { bundle } = JSON.parse(finished.stdout || '{}');
      return { exitCode, verdict, cause, sealed: typeof bundle === 'string' };
    },
    holds: { exitCode: 0, verdict: 'FAIL', cause: 'stopped', sealed: true },
  }),
  slow,
);

nothingIsLeft(() => []);
