import assert from 'node:assert/strict';
import { test } from 'node:test';
import { templateSchema } from '../../../lib/stacks/checks/template.ts';
import { readBaseline } from '../../../scripts/synth/baseline-files.ts';
import { judgeSynthesis } from '../../../scripts/synth/judge-assembly.ts';
import { environments } from '../../support/environments.ts';
import { synthesise } from '../../support/synthesise.ts';

const templates = new Map(
  environments.flatMap((settings) =>
    [...synthesise(settings)].map(([stack, template]) => [`${settings.name}/${stack}`, template] as const),
  ),
);
const fine = {
  templates,
  expectedStacks: [...templates.keys()],
  report: { pluginReports: [{ pluginName: 'CloudFormation Validate', conclusion: 'success' }] },
  baseline: readBaseline,
};

test('the committed environments keep every law, and allow no more than the last release', () => {
  assert.equal(templates.size, environments.length * 6);
  assert.deepEqual(
    judgeSynthesis(fine),
    [],
    'when each permission is meant: node scripts/synth-baseline.ts, and commit',
  );
});

test('no report, a failed checker and a finding are faults, whatever the exit code was', () => {
  assert.match(judgeSynthesis({ ...fine, report: undefined }).join(), /report is missing/);
  const failed = { pluginReports: [{ pluginName: 'Laws', conclusion: 'failure' }] };
  assert.match(judgeSynthesis({ ...fine, report: failed }).join(), /Laws ended with failure/);
  const warned = {
    pluginReports: [
      {
        pluginName: 'AwsSolutions',
        conclusion: 'success',
        violations: [{ ruleName: 'W1', description: 'a warning', severity: 'warning' }],
      },
    ],
  };
  assert.match(judgeSynthesis({ ...fine, report: warned }).join(), /W1: a warning/);
});

test('a stack that was not synthesized is a fault', () => {
  const some = new Map([...templates].filter(([path]) => path !== 'prod/tasks'));
  assert.deepEqual(judgeSynthesis({ ...fine, templates: some }), ['prod/tasks was not synthesized']);
});

test('a broken law and a broader permission are named with their stack', () => {
  const broken = structuredClone(templates.get('dev-min/tasks') ?? assert.fail());
  broken.Resources.Open = {
    Type: 'AWS::IAM::Policy',
    Properties: { PolicyDocument: { Statement: [{ Effect: 'Allow', Action: '*', Resource: '*' }] } },
  };
  const faults = judgeSynthesis({ ...fine, templates: new Map([...templates, ['dev-min/tasks', broken]]) });
  assert.ok(faults.some((fault) => fault.startsWith('dev-min/tasks: no-wildcard-action: Open')));
  assert.ok(faults.includes('dev-min/tasks: allows Open: * on *'));
});

test('without a baseline everything is new', () => {
  assert.deepEqual(readBaseline('nowhere', 'tasks'), templateSchema.parse({}));
});
