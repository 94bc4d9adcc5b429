import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { burstSnapshotJsonSchema } from '../lib/gates/burst/snapshot.ts';
import { taskContracts } from '../lib/task-contracts/catalogue.ts';
import { renderContracts } from '../lib/task-contracts/render-contracts.ts';
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
process.stdout.write('wrote docs/contracts.md, docs/schemas, docs/gate-ledger.md, docs/json-output.md\n');
