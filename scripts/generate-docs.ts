import { writeFile } from 'node:fs/promises';
import { taskContracts } from '../lib/task-contracts/catalogue.ts';
import { renderContracts } from '../lib/task-contracts/render-contracts.ts';

await writeFile(new URL('../docs/contracts.md', import.meta.url), renderContracts(taskContracts));
process.stdout.write('wrote docs/contracts.md\n');
