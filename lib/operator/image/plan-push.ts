import { z } from 'zod';
import { type EnvironmentName, imageRepositoryName } from '../../../config/names.ts';
import { fail } from '../../vocabulary/failure.ts';

/** Label that `npm run image` puts on what it builds. */
export const contextLabel = 'fraud-platform.context-sha256';

const inspectionSchema = z.tuple([
  z.looseObject({
    Id: z.string(),
    Architecture: z.string(),
    Os: z.string(),
    Config: z.looseObject({ Labels: z.record(z.string(), z.string()).nullish() }),
  }),
]);

/** An image as it lies on this machine. */
export type BuiltImage = {
  /** SHA-256 of its configuration, 64 hex characters: the same on every machine that has it. */
  readonly id: string;
  readonly contextSha256: string;
  readonly version: string;
};

/**
 * Reads `docker image inspect`. Pure. Throws `IMAGE_FOREIGN` (65) for an image that `npm run image` did not make,
 * and for one that Fargate could not run as the task definitions say.
 */
export function readInspection(name: string, inspection: unknown): BuiltImage {
  const parsed = inspectionSchema.safeParse(inspection);
  const [image] = parsed.data ?? [];
  const labels = image?.Config.Labels ?? {};
  const contextSha256 = labels[contextLabel];
  const refuse = (message: string) =>
    fail({
      exit: 'data',
      code: 'IMAGE_FOREIGN',
      message,
      where: '--image',
      value: name,
      remedy: 'Build it: npm run image -- --base <image with Node 24>',
    });
  if (image === undefined || contextSha256 === undefined) {
    return refuse('the image is not one that npm run image made');
  }
  if (image.Os !== 'linux' || image.Architecture !== 'amd64') {
    return refuse(`the image is for ${image.Os} on ${image.Architecture}, and tasks run on Linux on amd64`);
  }
  return {
    id: image.Id.replace(/^sha256:/, ''),
    contextSha256,
    version: labels['org.opencontainers.image.version'] ?? '0',
  };
}

export type PushPlan = {
  /** `<account>.dkr.ecr.<region>.amazonaws.com`, what is logged in to. */
  readonly registry: string;
  readonly repository: string;
  readonly tag: string;
  /** Registry, repository and tag. */
  readonly reference: string;
};

/**
 * Where an image goes. Tags of the repository are immutable, so the tag is made of the image itself: another image
 * never meets it, and the same one is found there. Pure.
 */
export function planPush(environment: EnvironmentName, registry: string, image: BuiltImage): PushPlan {
  const repository = imageRepositoryName(environment);
  const tag = `${image.version}-${image.id.slice(0, 16)}`;
  return { registry, repository, tag, reference: `${registry}/${repository}:${tag}` };
}

/** Host of an account's registry in a region, as ECR names it. Pure. */
export const registryHost = (account: string, region: string) => `${account}.dkr.ecr.${region}.amazonaws.com`;
