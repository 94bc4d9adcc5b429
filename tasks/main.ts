import { enableCompileCache } from 'node:module';
import { fileURLToPath } from 'node:url';

// Start-up is most of a short task; where the folder cannot be written, this does nothing.
enableCompileCache(fileURLToPath(new URL('../node_modules/.cache/compile', import.meta.url)));

const { runNamedTask } = await import('./run-named-task.ts');
// Pools, sockets and timers of a task that was cut short must not keep the process alive.
process.exit(await runNamedTask(process.argv.slice(2)));
