import { enableCompileCache } from 'node:module';
import { fileURLToPath } from 'node:url';

enableCompileCache(fileURLToPath(new URL('../../node_modules/.cache/compile', import.meta.url)));

const { runLocalCloud } = await import('./run-local-cloud.ts');
await runLocalCloud(process.argv[2] ?? '');
