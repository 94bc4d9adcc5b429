import { writeFile } from 'node:fs/promises';
import { burstSnapshotJsonSchema } from '../lib/gates/burst/snapshot.ts';
import { taskContracts } from '../lib/task-contracts/catalogue.ts';
import { renderContracts } from '../lib/task-contracts/render-contracts.ts';

await writeFile(new URL('../docs/contracts.md', import.meta.url), renderContracts(taskContracts));
await writeFile(
  new URL('../docs/schemas/m10_f_burst_snapshot.schema.json', import.meta.url),
  burstSnapshotJsonSchema(),
);
process.stdout.write('wrote docs/contracts.md, docs/schemas\n');
