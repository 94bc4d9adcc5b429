import assert from 'node:assert/strict';
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { test } from 'node:test';
import { templateSchema } from '../../../lib/stacks/checks/template.ts';
import { parseEnvironment } from '../../../lib/stacks/environment/load-environment.ts';
import { readBaseline } from '../../../scripts/synth/baseline-files.ts';
import { judgeSynthesis } from '../../../scripts/synth/judge-assembly.ts';
import { environments } from '../../support/environments.ts';
import { synthesise } from '../../support/synthesise.ts';

const templates = new Map(
  environments.flatMap((settings) =>
    [...synthesise(settings)].map(([stack, template]) => [`${settings.name}/${stack}`, template] as const),
  ),
);
const given = {
  'assembly-dev-min/tasks.template.json': 'a'.repeat(64),
  'assembly-prod/tasks.template.json': 'b'.repeat(64),
};
const ranOn = (files: Record<string, string>) => ({
  'CloudFormation Validate': files,
  AwsSolutions: files,
  Laws: files,
});
const fine = {
  templates,
  expectedStacks: [...templates.keys()],
  report: { pluginReports: [{ pluginName: 'CloudFormation Validate', conclusion: 'success' }] },
  checkers: ranOn(given),
  files: new Map(Object.entries(given)),
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

test('a checker that was not asked, of any template as it was written, is a fault', () => {
  assert.deepEqual(judgeSynthesis({ ...fine, checkers: undefined }), ['no checker left word that it ran']);
  for (const name of Object.keys(ranOn(given))) {
    const others = Object.entries(ranOn(given)).filter(([other]) => other !== name);
    const without = judgeSynthesis({ ...fine, checkers: Object.fromEntries(others) });
    assert.deepEqual(without, [`${name} did not run`]);
    const [first = '', second = ''] = Object.keys(given);
    for (const files of [{ [first]: given[first as never] }, { ...given, [second]: 'c'.repeat(64) }]) {
      const checkers = { ...ranOn(given), [name]: files };
      assert.deepEqual(judgeSynthesis({ ...fine, checkers }), [`${name} was not given ${second} as written`]);
    }
  }
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

/** What a hurried change would do, in which stack, and what the gate says of it. */
const injected: readonly (readonly [what: string, stack: string, from: RegExp, to: string, said: RegExp])[] =
  [
    [
      'a secret in an environment block',
      'tasks',
      /"Environment":\[/,
      '"Environment":[{"Name":"CHECKPOINT_URL","Value":"postgresql://u:Zx8q1vTk@db:5432/f"},',
      /^dev-min\/tasks: no-secret-in-environment: Task\w+: CHECKPOINT_URL holds/,
    ],
    [
      'an image without a digest',
      'tasks',
      /"AllowedPattern":"[^"]+"/,
      '"AllowedPattern":".*"',
      /^dev-min\/tasks: image-by-digest: Task\w+: .*not named by its digest/,
    ],
    [
      'a stop timeout of 999 s',
      'tasks',
      /"StopTimeout":\d+/,
      '"StopTimeout":999',
      /^dev-min\/tasks: stop-timeout: Task\w+: StopTimeout is 999/,
    ],
    [
      'a public bucket',
      'foundation',
      /"BlockPublicPolicy":true/,
      '"BlockPublicPolicy":false',
      /^dev-min\/foundation: buckets-are-closed: \w+: /,
    ],
    [
      'a wildcard resource',
      'tasks',
      /("Action":"s3:PutObject","Effect":"Allow","Resource":)(?:"[^"]*"|\{.*?\]\]\}|\[.*?\])(?=,"Sid":"WriteEvidence")/,
      '$1"*"',
      /^dev-min\/tasks: no-wildcard-resource: Task\w+: /,
    ],
  ];
for (const [what, stack, from, to, said] of injected) {
  test(`${what} is named by the gate, with its stack and resource`, () => {
    const text = JSON.stringify(templates.get(`dev-min/${stack}`) ?? assert.fail(stack));
    const changed = text.replace(from, to);
    assert.notEqual(changed, text, 'the fault is really injected');
    const broken = templateSchema.parse(JSON.parse(changed));
    const faults = judgeSynthesis({
      ...fine,
      templates: new Map([...templates, [`dev-min/${stack}`, broken]]),
    });
    assert.ok(
      faults.some((fault) => said.test(fault)),
      faults.join('\n'),
    );
  });
}

test('a placeholder stops the synthesis before there is a template, naming file and key', async () => {
  const path = join(import.meta.dirname, '../../../config/environments/dev-min.yaml');
  const text = (await readFile(path, 'utf8')).replace(
    /^breakGlassRole: null/m,
    'breakGlassRole: REPLACE_ME_ROLE',
  );
  assert.throws(() => parseEnvironment(text, 'config/environments/dev-min.yaml'), {
    name: 'ENVIRONMENT_MALFORMED',
    message: 'config/environments/dev-min.yaml: breakGlassRole: is a placeholder',
  });
});

test('without a baseline everything is new', () => {
  assert.deepEqual(readBaseline('nowhere', 'tasks'), templateSchema.parse({}));
});
