import { setTimeout as delay } from 'node:timers/promises';
import type { TaskProgram } from '../../lib/runtime/task-program.ts';
import type { probeContract } from '../../lib/task-contracts/probe.ts';
import { beat } from './beat.ts';

/** Writes one heartbeat row with the probe role's least grants, lingers if asked to, and says what it saw. */
export const probe: TaskProgram<typeof probeContract> = async (context) => {
  const database = await beat(context);
  context.log('heartbeat-written', { server_version: database.server_version });
  const { linger_ms: linger, note } = context.parameters;
  if (linger > 0) await delay(linger, undefined, { signal: context.signal });
  return { output: { note, database, gate_url: context.settings.GATE_URL ?? null } };
};
