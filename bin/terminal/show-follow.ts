import { z } from 'zod';
import type { FollowEvent } from '../../lib/operator/follow-execution.ts';
import { markerPrefix } from '../../lib/runtime/result.ts';
import { formatDuration } from '../../lib/vocabulary/instant.ts';
import { paint } from './look.ts';

/**
 * One event of a followed execution as a line for people; `undefined` for what only programs read
 * (the result marker, states that merely route).
 */
export function describeFollowEvent(event: FollowEvent): string | undefined {
  switch (event.kind) {
    case 'state-entered':
      return event.type === 'Task' || event.type === 'Wait'
        ? `${clock(event.at)} ${paint('cyan', 'state')}   ${event.state}`
        : undefined;
    case 'launched':
      return `${clock(event.at)} ${paint('cyan', 'launch')}  ${event.launchKey}  task ${event.taskArn.split('/').at(-1)}`;
    case 'launch-failed':
      return `${clock(event.at)} ${paint('yellow', 'launch')}  failed: ${event.error} ${event.cause}`;
    case 'task-ended':
      return `${clock(event.at)} ${paint('cyan', 'task')}    ${event.error === undefined ? 'ended well' : `ended: ${event.error}`}`;
    case 'execution-ended':
      return `${clock(event.at)} ${paint('cyan', 'ended')}   ${event.status}${event.error === undefined ? '' : ` (${event.error})`}`;
    case 'unreachable':
      return `${clock(event.since)} ${paint('yellow', 'unknown')} the cloud does not answer (${event.why}); still asking`;
    case 'reachable':
      return `${clock(event.at)} ${paint('cyan', 'known')}   the cloud answers again, after ${formatDuration(event.after)}`;
    case 'forgotten':
      return `${clock(event.at)} ${paint('yellow', 'unknown')} the state machine has forgotten this execution; what is left is its evidence`;
    case 'log-incomplete':
      return `             ${paint('yellow', 'log')}     ${event.launchKey}: lines may be missing at the end (${event.why})`;
    case 'log':
      return event.line.startsWith(markerPrefix) ? undefined : describeLogLine(event.line);
  }
}

/** A JSON log line as `clock log event field=value …`; any other line as it is. */
export function describeLogLine(line: string): string {
  let fields: unknown;
  try {
    fields = JSON.parse(line);
  } catch {
    return `             ${paint('gray', line)}`;
  }
  if (typeof fields !== 'object' || fields === null || !('event' in fields))
    return `             ${paint('gray', line)}`;
  const { time, event, ...rest } = fields as { time?: string; event: string };
  const bar = event === 'progress' ? describeProgress(rest) : undefined;
  if (bar !== undefined) return `${clock(Date.parse(time ?? ''))} ${paint('gray', 'log')}     ${bar}`;
  const shown = Object.entries(rest).map(
    ([name, value]) =>
      `${name}=${typeof value === 'string' && !/\s/.test(value) ? value : JSON.stringify(value)}`,
  );
  return `${clock(Date.parse(time ?? ''))} ${paint('gray', 'log')}     ${[event, ...shown].join(' ')}`;
}

const progressSchema = z.object({
  state: z.string(),
  done: z.int().min(0),
  total: z.int().min(1),
});
const barWidth = 24;

/** How far a state has come, as a bar; `undefined` for progress of another kind. */
function describeProgress(fields: unknown): string | undefined {
  const progress = progressSchema.safeParse(fields).data;
  if (progress === undefined) return undefined;
  const { state, done, total } = progress;
  const share = Math.min(1, done / total);
  const filled = Math.round(share * barWidth);
  const bar = '█'.repeat(filled) + '░'.repeat(barWidth - filled);
  return `${state} ${bar} ${String(Math.round(share * 100)).padStart(3)} %  ${done} of ${total}`;
}

function clock(epochMillis: number): string {
  return Number.isFinite(epochMillis) ? new Date(epochMillis).toISOString().slice(11, 23) : '            ';
}
