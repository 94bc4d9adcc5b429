import assert from 'node:assert/strict';
import { test } from 'node:test';
import { expectedNames } from '../../../../lib/operator/doctor/expected-names.ts';
import { vcpusOfBurst } from '../../../../lib/operator/doctor/needed-quotas.ts';
import { resourcesOfType, textOf } from '../../../../lib/stacks/checks/template.ts';
import { environmentNamed } from '../../../support/environments.ts';
import { synthesise } from '../../../support/synthesise.ts';

const environment = 'prod';
const templates = [...synthesise(environmentNamed(environment)).values()];
const named = (type: string, property: string) =>
  templates
    .flatMap((template) =>
      resourcesOfType(template, type).map(([, { Properties }]) => textOf(Properties[property])),
    )
    .filter((name) => name !== '')
    .sort();

test('the doctor looks for exactly what a deploy makes', () => {
  const names = expectedNames(environment);
  assert.deepEqual(names.roles, named('AWS::IAM::Role', 'RoleName'));
  assert.deepEqual(names.logGroups, named('AWS::Logs::LogGroup', 'LogGroupName'));
  assert.deepEqual(names.machines, named('AWS::StepFunctions::StateMachine', 'StateMachineName'));
  assert.deepEqual(names.families, named('AWS::ECS::TaskDefinition', 'Family'));
  assert.deepEqual(names.secrets, named('Custom::Secret', 'name'));
});

test('a burst needs a vCPU for each lane, one for the gate, and a quarter or so for questions', () => {
  assert.ok(vcpusOfBurst(4) > 5 && vcpusOfBurst(4) <= 6);
  assert.equal(vcpusOfBurst(40) - vcpusOfBurst(4), 36);
});
