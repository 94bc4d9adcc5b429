#!/usr/bin/env node
import { enableCompileCache } from 'node:module';
import { fileURLToPath } from 'node:url';

// Start-up is most of a short command; compiled code is kept between runs.
enableCompileCache(fileURLToPath(new URL('../node_modules/.cache/compile', import.meta.url)));

const { runFraudctl } = await import('./commands/fraudctl.ts');
process.exitCode = await runFraudctl(process.argv.slice(2));
