import module from 'node:module';
import { compileCacheFolder } from '../lib/files/compile-cache.ts';

// Compiled code of everything behind the import is kept between runs.
module.enableCompileCache(compileCacheFolder);

const { firstRun } = await import('./first-run/first-run.ts');
process.exitCode = await firstRun(process.argv.slice(2));
// A step that did not end when it was asked to, such as a library that still waits, must not hold the shell.
setTimeout(() => process.exit(), 2_000).unref();
