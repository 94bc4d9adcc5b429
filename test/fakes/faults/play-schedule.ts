import { attach } from '../../../bin/commands/attach.ts';
import { readSealedVerdict } from '../../../lib/operator/seal-verdict.ts';
import { executionIdSchema } from '../../../lib/vocabulary/identifiers.ts';
import type { FaultSchedule } from './fault-schedule.ts';
import type { Ground } from './ground.ts';
import { type Ended, launchedAgain, type Played } from './played.ts';
import { openScriptedGround } from './scripted-ground.ts';
import { noSeams, type Seams } from './seams.ts';
import { stalledMillis } from './stalls.ts';

/** A story that is still open after so many attaches in fair weather never ends. */
const mostAttaches = 2;

/** Plays a schedule on a ground of its own, in this process. */
export async function playSchedule(schedule: FaultSchedule, seams: Seams = noSeams): Promise<Played> {
  const ground = await openScriptedGround(schedule, seams);
  try {
    return await playOn(ground, schedule);
  } finally {
    await ground.close();
  }
}

/**
 * Plays a schedule: the operator's command in the weather that is drawn; when that is over and it has started
 * nothing, the same command again; then, when the tasks have ended, attaches until there is a verdict for good;
 * then once more, for a verdict must not change.
 */
export async function playOn(ground: Ground, schedule: FaultSchedule): Promise<Played> {
  const { proxy, store, environment } = ground;
  const stalledBefore = stalledMillis();
  const commands: Ended[] = [];
  const command: Ground['command'] = async (name, run) => {
    const ended = await ground.command(name, run);
    commands.push(ended);
    return ended;
  };
  let ended = await command(schedule.machine, ground.launch);
  await ground.whenOver();
  proxy.heal();
  store.heal();
  let execution = await ground.startedExecution();
  const isNeverStarted = (await ground.tell(execution)).status === undefined;
  if (isNeverStarted && ground.isLaunchNamed) {
    ended = await command(launchedAgain, ground.launch);
    await ground.whenOver();
    execution = await ground.startedExecution();
  }
  if (schedule.forgotten) proxy.forget();
  for (
    let attaches = 0;
    execution !== undefined && attaches < mostAttaches && !isFinal(ended);
    attaches += 1
  ) {
    ended = await command('attach', (context) => attach(context, execution));
  }
  if (execution !== undefined && isFinal(ended))
    await command('attach again', (context) => attach(context, execution));
  const id = executionIdSchema.safeParse(execution).data;
  const sealed =
    id === undefined ? undefined : await readSealedVerdict(environment, id, new AbortController().signal);
  return {
    ...(await ground.tell(execution)),
    schedule,
    pace: environment.clients.pace,
    commands,
    sealed: sealed?.verdict,
    wire: proxy.counts(),
    store: store.counts(),
    stalledMillis: stalledMillis() - stalledBefore,
  };
}

/** A verdict for good: anything but what may still become known. */
function isFinal({ verdict }: Ended): boolean {
  return verdict === 'PASS' || verdict === 'FAIL';
}
