import { readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { burstSnapshotJsonSchema } from '../lib/gates/burst/snapshot.ts';
import { taskContracts } from '../lib/task-contracts/catalogue.ts';
import { renderContracts } from '../lib/task-contracts/render-contracts.ts';
import { recordSchema } from '../test/bench/page/record.ts';
import { renderPage } from '../test/bench/page/render-page.ts';
import { dependencyReasons, licenceNotes, plainLicences } from './docs/dependency-reasons.ts';
import { lockSchema, manifestSchema, renderDependencies } from './docs/render-dependencies.ts';
import { renderJsonOutput } from './docs/render-json-output.ts';
import { notRefusals } from './ledger/not-refusals.ts';
import { readLedger } from './ledger/read-ledger.ts';
import { renderLedger } from './ledger/render-ledger.ts';

await writeFile(new URL('../docs/contracts.md', import.meta.url), renderContracts(taskContracts));
await writeFile(
  new URL('../docs/schemas/m10_f_burst_snapshot.schema.json', import.meta.url),
  burstSnapshotJsonSchema(),
);
const root = fileURLToPath(new URL('..', import.meta.url));
await writeFile(join(root, 'docs/gate-ledger.md'), renderLedger(readLedger(root), notRefusals));
await writeFile(join(root, 'docs/json-output.md'), renderJsonOutput());
const read = async (name: string): Promise<unknown> => JSON.parse(await readFile(join(root, name), 'utf8'));
await writeFile(
  join(root, 'docs/dependencies.md'),
  renderDependencies(
    manifestSchema.parse(await read('package.json')),
    lockSchema.parse(await read('package-lock.json')),
    dependencyReasons,
    plainLicences,
    licenceNotes,
  ),
);
// What was measured stays; only how the page says it is made again.
await writeFile(
  join(root, 'docs/benchmarks.md'),
  renderPage(recordSchema.parse(await read('docs/benchmarks.json'))),
);
process.stdout.write(
  'wrote docs/contracts.md, docs/schemas, docs/gate-ledger.md, docs/json-output.md, docs/dependencies.md, docs/benchmarks.md\n',
);
