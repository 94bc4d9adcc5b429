import { enableCompileCache } from 'node:module';

enableCompileCache();

const { runLocalCloud } = await import('./run-local-cloud.ts');
await runLocalCloud(process.argv[2] ?? '');
