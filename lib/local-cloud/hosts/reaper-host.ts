import { launchTags } from '../../../config/names.ts';
import { findOverdue } from '../../reaper/overdue.ts';
import { messageOf } from '../../vocabulary/failure.ts';
import type { TaskRegistry } from '../task-runner/task-registry.ts';

const everyMillis = 10_000;

/** Looks for overdue tasks every ten seconds and stops them; on AWS a scheduled Lambda does. Returns how to end it. */
export function startReaperHost(tasks: TaskRegistry, complain: (line: string) => void): () => void {
  const timer = setInterval(() => {
    const running = tasks
      .list()
      .filter(({ end, stopRequested }) => end === null && stopRequested === null)
      .map((task) => ({
        taskArn: task.taskArn,
        createdAt: task.createdAt,
        deadlineTag: task.tags.find(({ key }) => key === launchTags.deadline)?.value,
        ofService: task.group.startsWith('service:'),
      }));
    for (const { taskArn, reason } of findOverdue(running, Date.now())) {
      complain(`${taskArn}: ${reason}`);
      tasks.stop(taskArn, reason).catch((error: unknown) => complain(`${taskArn}: ${messageOf(error)}`));
    }
  }, everyMillis);
  return () => clearInterval(timer);
}
