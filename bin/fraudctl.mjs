#!/usr/bin/env node
// Plain JavaScript, so that starting it loads no type stripper: compiled code of everything behind it is
// kept between runs, and start-up is most of a short command.
import { enableCompileCache } from 'node:module';
import { fileURLToPath } from 'node:url';

const [major = 0] = process.versions.node.split('.').map(Number);
if (major < 24) {
  process.stderr.write(
    `fraudctl needs Node.js 24, this is ${process.version}. Run npm run setup once, then npx fraudctl.\n`,
  );
  process.exit(78);
}
enableCompileCache(fileURLToPath(new URL('../node_modules/.cache/compile', import.meta.url)));

const { runFraudctl } = await import('./commands/fraudctl.ts');
process.exitCode = await runFraudctl(process.argv.slice(2));
