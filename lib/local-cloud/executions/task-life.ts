import type { JsonValue } from '../../vocabulary/json.ts';
import { StatesError } from './states-error.ts';

/** Emits one event of a task's life into the history of its execution. */
export type EmitTaskEvent = (type: string, details: Record<string, JsonValue>) => void;

/** Events after which nothing more is told of a task. */
export const lastWords = new Set(['TaskSucceeded', 'TaskFailed', 'TaskSubmitFailed', 'TaskTimedOut']);

/** What the events of a task say of its resource: `arn:aws:states:::<type>:<resource>`. */
export function integrationOf(arn: string): { readonly resourceType: string; readonly resource: string } {
  const name = arn.slice('arn:aws:states:::'.length);
  const end = name.lastIndexOf(':');
  return { resourceType: name.slice(0, end), resource: name.slice(end + 1) };
}

/** Fails with `States.Timeout` when the work takes longer; the work itself goes on, as a real task would. */
export async function withinSeconds(
  work: Promise<JsonValue>,
  seconds: number,
  emit: EmitTaskEvent,
): Promise<JsonValue> {
  let timer: NodeJS.Timeout | undefined;
  const timeout = new Promise<never>((_, reject) => {
    if (seconds > 0) {
      timer = setTimeout(() => {
        emit('TaskTimedOut', { error: 'States.Timeout' });
        reject(new StatesError('States.Timeout', ''));
      }, seconds * 1_000);
    }
  });
  try {
    return await Promise.race([work, timeout]);
  } finally {
    clearTimeout(timer);
  }
}
