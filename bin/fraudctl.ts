#!/usr/bin/env node
import { enableCompileCache } from 'node:module';

// Start-up is most of a short command; compiled code is kept between runs.
enableCompileCache();

const { runFraudctl } = await import('./commands/fraudctl.ts');
process.exitCode = await runFraudctl(process.argv.slice(2));
