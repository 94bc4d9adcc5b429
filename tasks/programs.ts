import type { ServiceProgram } from '../lib/runtime/service-program.ts';
import type { TaskProgram } from '../lib/runtime/task-program.ts';

/**
 * The program of every task, loaded only when it is the one to run: a task does not pay for the
 * libraries of its siblings.
 */
export const programs: Readonly<Record<string, () => Promise<TaskProgram>>> = {
  burst: async () => (await import('./burst/burst.ts')).burst,
  migrate: async () => (await import('./migrate/migrate.ts')).migrate,
  probe: async () => (await import('./probe/probe.ts')).probe,
  query: async () => (await import('./query/query.ts')).query,
  report: async () => (await import('./report/report.ts')).report,
  segment: async () => (await import('./segment/segment.ts')).segment,
};

/** The program of every service, in the same way. */
export const servicePrograms: Readonly<Record<string, () => Promise<ServiceProgram>>> = {
  gate: async () => (await import('./gate/gate.ts')).gate,
};
