import {
  DescribeImagesCommand,
  type ECRClient,
  GetAuthorizationTokenCommand,
  ImageNotFoundException,
  RepositoryNotFoundException,
} from '@aws-sdk/client-ecr';
import { fail } from '../../vocabulary/failure.ts';

/** Who may push, for twelve hours. */
export type RegistryLogin = {
  /** Host that the password is for. */
  readonly registry: string;
  readonly user: string;
  readonly password: string;
};

/** An image registry as far as a push asks. */
export type ImageRegistry = {
  readonly login: () => Promise<RegistryLogin>;
  /** Digest behind a tag, or `undefined` for a tag that is not there. */
  readonly digestOf: (repository: string, tag: string) => Promise<string | undefined>;
};

/** ECR. Throws `REPOSITORY_ABSENT` (64) where the environment has no repository yet. */
export function ecrRegistry(ecr: ECRClient, environment: string, signal: AbortSignal): ImageRegistry {
  const options = { abortSignal: signal };
  return {
    login: async () => {
      const { authorizationData } = await ecr.send(new GetAuthorizationTokenCommand({}), options);
      const [data] = authorizationData ?? [];
      const [user = '', ...password] = Buffer.from(data?.authorizationToken ?? '', 'base64')
        .toString('utf8')
        .split(':');
      if (user === '' || data?.proxyEndpoint === undefined) {
        return fail({
          exit: 'transient',
          code: 'ANSWER_INCOMPLETE',
          message: 'ECR answered without a login',
          remedy: 'Run it again.',
        });
      }
      return { registry: new URL(data.proxyEndpoint).host, user, password: password.join(':') };
    },
    digestOf: async (repositoryName, imageTag) => {
      try {
        const { imageDetails } = await ecr.send(
          new DescribeImagesCommand({ repositoryName, imageIds: [{ imageTag }] }),
          options,
        );
        return imageDetails?.[0]?.imageDigest;
      } catch (error) {
        if (error instanceof ImageNotFoundException) return undefined;
        if (!(error instanceof RepositoryNotFoundException)) throw error;
        return fail({
          exit: 'usage',
          code: 'REPOSITORY_ABSENT',
          message: 'the environment has no image repository yet',
          where: repositoryName,
          remedy: `Deploy its foundation first: npm run deploy -- --env ${environment} --stack foundation`,
        });
      }
    },
  };
}
