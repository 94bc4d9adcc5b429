#!/usr/bin/env node
// Plain JavaScript, so that an older Node can say that it is too old, which is why nothing newer than
// that Node is named in an import; and so that starting loads no type stripper: compiled code of
// everything behind it is kept between runs, and start-up is most of a short command.
import module from 'node:module';
import { fileURLToPath } from 'node:url';

const [major = 0] = process.versions.node.split('.').map(Number);
if (major < 24) {
  process.stderr.write(
    `fraudctl needs Node.js 24, this is ${process.version}. Run npm run setup once, then npx fraudctl.\n`,
  );
  process.exit(78);
}
module.enableCompileCache(fileURLToPath(new URL('../node_modules/.cache/compile', import.meta.url)));

const { runFraudctl } = await import('./program/run-fraudctl.ts');
process.exitCode = await runFraudctl(process.argv.slice(2));
