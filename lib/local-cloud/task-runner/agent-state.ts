import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { z } from 'zod';

const agentStateSchema = z.object({
  agent: z.number(),
  agentTicks: z.string(),
  pid: z.number(),
  pidTicks: z.string(),
  startedAt: z.number(),
  stoppedAt: z.number().nullable(),
  exitCode: z.number().nullable(),
  signal: z.string().nullable(),
  failure: z.string().nullable(),
});

/** What an agent has written about itself and the task it watches; times in milliseconds since 1970. */
export type AgentState = z.infer<typeof agentStateSchema>;

/** As of now; undefined while the task has not begun, or when it never did. */
export async function readAgentState(taskFolder: string): Promise<AgentState | undefined> {
  const text = await readFile(join(taskFolder, 'agent.json'), 'utf8').catch(() => undefined);
  return text === undefined ? undefined : agentStateSchema.safeParse(JSON.parse(text)).data;
}
