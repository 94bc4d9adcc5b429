import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { mkdtemp, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { test } from 'node:test';
import { z } from 'zod';
import { environments } from '../support/environments.ts';
import { synthesise } from '../support/synthesise.ts';
import { findProgram } from './find-program.ts';

const findingSchema = z.object({
  Rule: z.object({ Id: z.string() }),
  Message: z.string(),
  Location: z.object({ Path: z.array(z.union([z.string(), z.number()])).nullable() }),
  Filename: z.string(),
});

/** What it says of templates that are as they should be, and why they stay. */
const explained: Readonly<Record<string, string>> = {
  W3005: 'A role and its policies are one resource here; the CDK writes the dependency beside the reference.',
  W3010: 'Zones are written down in the environment, so that no synthesis looks them up or moves a subnet.',
};

test('a second linter finds nothing that is not explained, and every explanation is needed', async (context) => {
  const program = findProgram('cfn-lint');
  assert.ok(program !== undefined, 'npm run test:aws looks for it first');
  const folder = await mkdtemp(join(tmpdir(), 'cfn-lint-'));
  const files: string[] = [];
  for (const settings of environments) {
    for (const [stack, template] of synthesise(settings)) {
      const file = join(folder, `${settings.name}-${stack}.json`);
      await writeFile(file, JSON.stringify(template));
      files.push(file);
    }
  }
  const { stdout, stderr } = spawnSync(
    program,
    ['--format', 'json', '--regions', 'eu-west-2', '--', ...files],
    {
      encoding: 'utf8',
      maxBuffer: 64 * 2 ** 20,
      timeout: 200_000,
    },
  );
  assert.notEqual(stdout, '', stderr);
  const findings = z.array(findingSchema).parse(JSON.parse(stdout));
  const rules = [...new Set(findings.map(({ Rule }) => Rule.Id))].sort();
  context.diagnostic(
    `${files.length} templates, ${findings.length} findings of ${rules.join(', ') || 'no rule'}`,
  );
  assert.deepEqual(
    findings
      .filter(({ Rule }) => explained[Rule.Id] === undefined)
      .map(
        ({ Rule, Message, Filename, Location }) =>
          `${Rule.Id} ${Filename} ${Location.Path?.join('.')}: ${Message}`,
      ),
    [],
  );
  assert.deepEqual(rules, Object.keys(explained).sort());
});
