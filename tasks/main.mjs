// What a container starts. Plain JavaScript, so that starting it loads no type stripper: compiled code of
// everything behind it is kept between runs where the folder can be written.
import module from 'node:module';
import { fileURLToPath } from 'node:url';

module.enableCompileCache(fileURLToPath(new URL('../node_modules/.cache/compile', import.meta.url)));

const { runNamedTask } = await import('./named-task.ts');
// Pools, sockets and timers of a task that was cut short must not keep the process alive.
process.exit(await runNamedTask(process.argv.slice(2)));
