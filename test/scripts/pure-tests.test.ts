import assert from 'node:assert/strict';
import { test } from 'node:test';
import { createPurity } from '../../scripts/testing/pure-tests.ts';

const sources: Readonly<Record<string, string>> = {
  'test/pure.test.ts': "import { a } from '../lib/pure.ts';\nimport fc from 'fast-check';",
  'test/types.test.ts': "import type { Pool } from 'pg';\nexport type { Server } from 'node:http';",
  'test/later.test.ts': "import { run } from '../lib/later.ts';",
  'test/spawns.test.ts': "import { spawn } from 'node:child_process';",
  'test/far.test.ts': "import { b } from '../lib/far.ts';",
  'test/several.test.ts': "import {\n  one,\n  other,\n} from '../lib/heavy.ts';",
  'test/effect.test.ts': "import '../lib/heavy.ts';",
  'test/again.test.ts': "export { one } from '../lib/heavy.ts';",
  'lib/pure.ts': "import { z } from 'zod';\nimport { readFile } from 'node:fs/promises';",
  'lib/later.ts': "export const run = async () => (await import('./heavy.ts')).one;",
  'lib/far.ts': "import { a } from './pure.ts';\nimport { one } from './heavy.ts';",
  'lib/heavy.ts': "import { S3Client } from '@aws-sdk/client-s3';",
};
const isPure = createPurity((path) => sources[path] ?? assert.fail(`${path} is not there`));

for (const [path, pure] of [
  ['test/pure.test.ts', true],
  ['test/types.test.ts', true],
  ['test/later.test.ts', true],
  ['test/spawns.test.ts', false],
  ['test/far.test.ts', false],
  ['test/several.test.ts', false],
  ['test/effect.test.ts', false],
  ['test/again.test.ts', false],
] as const) {
  test(`${path} is ${pure ? '' : 'not '}pure`, () => assert.equal(isPure(path), pure));
}
