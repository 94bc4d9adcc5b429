import assert from 'node:assert/strict';
import { after, before } from 'node:test';
import { type Authority, createAuthority } from './authority.ts';
import { type DeployedEnvironment, deployFromTemplates } from './deployed-environment.ts';
import { startTemplateCloud, type TemplateCloud } from './template-cloud.ts';

/** An environment made from its templates, and what its policies let anybody do. */
export type UsedTemplateCloud = {
  readonly deployed: DeployedEnvironment;
  readonly authority: Authority;
  /** Once the tests of the file run. */
  readonly cloud: () => TemplateCloud;
};

/** Has an environment up for the tests of the file that asks, and down after them. */
export function useTemplateCloud(): UsedTemplateCloud {
  const deployed = deployFromTemplates();
  const authority = createAuthority(deployed.policies);
  let cloud: TemplateCloud | undefined;
  before(async () => {
    cloud = await startTemplateCloud(deployed, authority);
  });
  after(() => cloud?.close());
  return { deployed, authority, cloud: () => cloud ?? assert.fail('the environment is not up') };
}
