import assert from 'node:assert/strict';
import type { Finished } from '../local-environment.ts';
import { type Removal, without } from './account-policies.ts';
import type { Authority } from './authority.ts';
import { type DeployedEnvironment, templateEnvironment } from './deployed-environment.ts';
import { describeRemoval, type GrantFinding, namesRemoval, removeEachGrant } from './grant-matrix.ts';
import type { TemplateCloud } from './template-cloud.ts';

/** ARN of a role of the environment by the end of its name, such as `probe-task`. */
export const roleOf = ({ places }: DeployedEnvironment, name: string) =>
  `arn:aws:iam::${places.account}:role/fraud-platform-${templateEnvironment}-${name}`;

/**
 * Takes every grant of the roles that have asked for something away, one at a time. Each that was needed is
 * refused by its name; returned are the actions that nobody needed, in their order. Not those of the recorder: a
 * record that is put again is read first, so what it needs is another each time.
 */
export function assertEachGrantNamed(deployed: DeployedEnvironment, authority: Authority) {
  const findings = removeEachGrant(deployed.policies, authority.asked());
  const needed = findings.filter(
    (one): one is GrantFinding & { refusal: string } => one.refusal !== undefined,
  );
  for (const { removal, refusal } of needed) {
    assert.ok(namesRemoval(refusal, removal), `without ${describeRemoval(removal)}: ${refusal}`);
  }
  const unneeded = findings
    .filter(({ refusal }) => refusal === undefined)
    .map(({ removal }) => removal)
    .filter(({ role, resource }) => resource === undefined && !role.endsWith('-recorder'))
    .map(describeRemoval);
  return { needed: needed.length, unneeded };
}

/** Runs a command while one grant is missing, and holds what it says, or the log it points to, to naming it. */
export async function assertRefusedWithout(
  cloud: TemplateCloud,
  deployed: DeployedEnvironment,
  authority: Authority,
  removal: Removal,
  command: readonly string[],
): Promise<void> {
  authority.policies = without(deployed.policies, removal);
  try {
    const ended = await cloud.fraudctl(...command);
    const { action, resource } = removal;
    const words = action === undefined ? `on resource: ${resource}` : `not authorized to perform: ${action}`;
    const logs = /fraudctl logs (\S+?);/.exec(ended.stderr)?.[1];
    const log = logs === undefined ? '' : (await cloud.fraudctl('logs', logs)).stdout;
    assertNames({ ...ended, stdout: `${ended.stdout}${log}` }, words, describeRemoval(removal));
  } finally {
    authority.policies = deployed.policies;
  }
}

/** Runs a command while a parameter is missing, and holds what it says to naming it. */
export async function assertRefusedWithoutSecret(
  cloud: TemplateCloud,
  parameter: string,
  command: readonly string[],
): Promise<void> {
  assert.ok(cloud.parameters.delete(parameter), `the templates make ${parameter}`);
  try {
    assertNames(await cloud.fraudctl(...command), `parameter${parameter}: ParameterNotFound`, parameter);
  } finally {
    cloud.parameters.add(parameter);
  }
}

function assertNames({ exitCode, stdout, stderr }: Finished, words: string, what: string): void {
  assert.notEqual(exitCode, 0, `without ${what}`);
  assert.ok(`${stdout}${stderr}`.includes(words), `without ${what}: ${stdout}${stderr}`);
}
