import assert from 'node:assert/strict';
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, test } from 'node:test';
import { App, CfnResource, CloudFormationValidatePlugin, Stack, Validations } from 'aws-cdk-lib';
import { DerivedValues } from '../../../lib/files/derived-values.ts';
import { RememberedValidation } from '../../../lib/stacks/checks/remembered-validation.ts';

const folder = mkdtempSync(join(tmpdir(), 'remembered-'));
after(() => rmSync(folder, { recursive: true }));
const kept = new DerivedValues(join(folder, 'kept'));
/** One for every synthesis here: its engine takes a second to start. */
const validation = new RememberedValidation(kept);
let synthesis = 0;

/** A stack without a fault, and one with a queue of that delay; only 0 to 900 seconds are allowed. */
function judge(plugin: RememberedValidation, delay: number) {
  synthesis += 1;
  const outdir = join(folder, String(synthesis));
  const app = new App({ outdir, context: { '@aws-cdk/core:validateAgainstDefaultRules': true } });
  Validations.of(app).addPlugins(plugin);
  new CfnResource(new Stack(app, 'fine'), 'Topic', { type: 'AWS::SNS::Topic' });
  const properties = { DelaySeconds: delay };
  new CfnResource(new Stack(app, 'faulty'), 'Queue', { type: 'AWS::SQS::Queue', properties });
  const before = plugin.judged;
  let refused = false;
  try {
    app.synth();
  } catch {
    refused = true;
  }
  const report = readFileSync(join(outdir, 'validation-report.json'), 'utf8')
    .split('\n')
    // Where a construct was made is a line of this file.
    .filter((line) => !line.includes('(file://'));
  return { judged: plugin.judged - before, refused, report };
}

test('a finding that is remembered stops a synthesis like one that is found', () => {
  const found = judge(validation, 901);
  assert.deepEqual([found.judged, found.refused], [2, true]);
  assert.match(found.report.join('\n'), /DelaySeconds/);
  const remembered = judge(validation, 901);
  assert.deepEqual(remembered, { ...found, judged: 0 });
  const later = judge(new RememberedValidation(kept), 901);
  assert.deepEqual(later, remembered, 'another process has no engine to ask');
});

test('a template that changed is judged, and no other', () => {
  const mended = judge(validation, 900);
  assert.deepEqual([mended.judged, mended.refused], [1, false]);
  const broken = judge(validation, 902);
  assert.deepEqual([broken.judged, broken.refused], [1, true]);
});

test('what is kept for another key, or in another shape, is not believed', () => {
  kept.keep('validation-faulty', { key: '0'.repeat(64), violations: [] });
  assert.deepEqual(judge(validation, 902).judged, 1);
  kept.keep('validation-faulty', { violations: [] });
  assert.equal(judge(validation, 902).refused, true);
});

test('it gives itself out for the engine that it asks', () => {
  const own = new CloudFormationValidatePlugin();
  assert.deepEqual([validation.name, validation.version], [own.name, own.version]);
});
