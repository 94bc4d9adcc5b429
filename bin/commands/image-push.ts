import { productVersion } from '../../config/product-version.ts';
import { accountOf } from '../../lib/operator/caller-identity.ts';
import { connectAccount } from '../../lib/operator/doctor/account-clients.ts';
import { readIdentity } from '../../lib/operator/doctor/read-account.ts';
import { findContainerTool, runTool } from '../../lib/operator/image/container-tool.ts';
import { ecrRegistry } from '../../lib/operator/image/ecr-registry.ts';
import { planPush, registryHost } from '../../lib/operator/image/plan-push.ts';
import { inspectImage, pushImage, type RunContainerTool } from '../../lib/operator/image/push-image.ts';
import type { EnvironmentSettings } from '../../lib/stacks/environment/environment-settings.ts';
import { exitCodes } from '../../lib/vocabulary/exit-codes.ts';
import { fail } from '../../lib/vocabulary/failure.ts';
import type { CommandContext } from './command-context.ts';
import { readEnvironment } from './open-environment.ts';
import { requireAws } from './require-aws.ts';

export type ImagePushOptions = { readonly image?: string; readonly dryRun?: boolean };

/** `fraudctl image push`: the image of this version into the environment's repository; prints its digest. */
export async function imagePush(context: CommandContext, options: ImagePushOptions): Promise<number> {
  requireAws(context, 'image push', 'Name an environment of config/environments: --env <name>.');
  const settings = await readEnvironment(context.environmentName);
  const name = options.image ?? `fraud-platform:${productVersion}`;
  const tool = findContainerTool();
  if (tool === undefined) {
    return fail({
      exit: 'refused',
      code: 'CONTAINER_TOOL_MISSING',
      message: 'neither docker nor podman answers here',
      remedy: 'Start one of them, then run this again.',
    });
  }
  const run: RunContainerTool = (parameters, wishes) => runTool(tool, parameters, wishes);
  if (options.dryRun === true) return await describePush(context, settings, run, tool, name);
  const clients = connectAccount({ region: settings.region });
  try {
    accountOf(settings.name, settings.account, await readIdentity(clients, context.signal));
    context.output.progress(`pushing ${name} with ${tool}`);
    const registry = ecrRegistry(clients.ecr, settings.name, context.signal);
    const { reference, digest, pushed } = await pushImage(run, registry, settings.name, name);
    context.output.result(
      [
        `${pushed ? 'pushed' : 'there already'}  ${reference}`,
        `digest  ${digest}`,
        `next    image.digest: ${digest}   in config/environments/${settings.name}.yaml, then npm run deploy -- --env ${settings.name}`,
      ].join('\n'),
      { schema: 'fraudctl/image/v1', environment: settings.name, reference, digest, pushed },
    );
    return exitCodes.done;
  } finally {
    clients.close();
  }
}

/** What a push would do, from this machine alone. */
async function describePush(
  context: CommandContext,
  settings: EnvironmentSettings,
  run: RunContainerTool,
  tool: string,
  name: string,
): Promise<number> {
  const image = await inspectImage(run, name);
  const host = registryHost(settings.account ?? 'the-account-of-your-credentials', settings.region);
  const plan = planPush(settings.name, host, image);
  context.output.result(
    [
      `dry run: nothing was pushed`,
      `  ${tool} login --username AWS --password-stdin ${plan.registry}`,
      `  ${tool} tag ${name} ${plan.reference}`,
      `  ${tool} push ${plan.reference}`,
      `  ${tool} logout ${plan.registry}`,
      `unless the repository has this image already`,
    ].join('\n'),
    { schema: 'fraudctl/image-plan/v1', environment: settings.name, image_id: image.id, ...plan },
  );
  return exitCodes.done;
}
