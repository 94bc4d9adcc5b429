import assert from 'node:assert/strict';
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, test } from 'node:test';
import { type App, CfnResource, Stack } from 'aws-cdk-lib';
import { Bucket } from 'aws-cdk-lib/aws-s3';
import { AwsSolutionsChecks } from 'cdk-nag';
import { AcknowledgedChecks } from '../../../lib/stacks/checks/acknowledged-checks.ts';
import { acknowledgements } from '../../../lib/stacks/checks/acknowledgements.ts';
import { LawsPlugin } from '../../../lib/stacks/checks/laws-plugin.ts';
import { EnvironmentStage } from '../../../lib/stacks/environment-stage.ts';
import { createPlatformApp } from '../../../lib/stacks/platform-app.ts';
import { environments } from '../../support/environments.ts';

const folder = mkdtempSync(join(tmpdir(), 'checkers-'));
after(() => rmSync(folder, { recursive: true }));

let checks: AcknowledgedChecks | undefined;
function appWithCheckers(outdir: string): App {
  return createPlatformApp(
    { outdir: join(folder, outdir), builtinCloudFormationValidation: false },
    (root) => {
      checks = new AcknowledgedChecks(new AwsSolutionsChecks(root), acknowledgements);
      return [checks, new LawsPlugin()];
    },
  );
}
const reportOf = (outdir: string) => readFileSync(join(folder, outdir, 'validation-report.json'), 'utf8');

test('the environments pass, every acknowledgement is needed, and every one has a reason', () => {
  const app = appWithCheckers('fine');
  for (const settings of environments) new EnvironmentStage(app, settings);
  app.synth();
  assert.deepEqual(checks?.unused(), []);
  assert.ok((checks?.acknowledged.length ?? 0) > 50);
  for (const { reason } of acknowledgements) assert.match(reason, /^.{25,}\.$/);
});

test('a bucket of the library’s defaults fails the synthesis, named by both checkers', () => {
  const app = appWithCheckers('open');
  new Bucket(new Stack(app, 'stack'), 'Open');
  assert.throws(() => app.synth(), /Validation failed/);
  const report = reportOf('open');
  for (const rule of ['buckets-are-closed', 'buckets-speak-tls', 'AwsSolutions-S1', 'AwsSolutions-S10']) {
    assert.ok(report.includes(rule), rule);
  }
});

test('an acknowledgement holds for its own place only', () => {
  const app = appWithCheckers('elsewhere');
  const [settings] = environments;
  assert.ok(settings);
  const stage = new EnvironmentStage(app, settings);
  const tasks = stage.node.findChild('tasks');
  const role = tasks.node.findChild('Task-probe').node.findChild('TaskRole').node.defaultChild;
  assert.ok(CfnResource.isCfnResource(role));
  role.addPropertyOverride('Policies.0.PolicyDocument.Statement.0.Resource', '*');
  assert.throws(() => app.synth(), /Validation failed/);
  assert.ok(reportOf('elsewhere').includes('no-wildcard-resource'));
});
