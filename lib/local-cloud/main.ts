import { enableCompileCache } from 'node:module';
import { compileCacheFolder } from '../files/compile-cache.ts';

enableCompileCache(compileCacheFolder);

const { runLocalCloud } = await import('./run-local-cloud.ts');
await runLocalCloud(process.argv[2] ?? '');
