import { fail } from '../../vocabulary/failure.ts';
import type { ToolOptions } from './container-tool.ts';
import type { ImageRegistry } from './ecr-registry.ts';
import { type BuiltImage, planPush, readInspection } from './plan-push.ts';

/** Runs the container tool; as `runTool`. */
export type RunContainerTool = (parameters: readonly string[], options?: ToolOptions) => Promise<string>;

export type Pushed = {
  readonly reference: string;
  /** What the environment's file takes. */
  readonly digest: string;
  /** `false`: the registry had it. */
  readonly pushed: boolean;
};

/** The image on this machine. Throws `IMAGE_NOT_BUILT` (64) where there is none of the name, else as `readInspection`. */
export async function inspectImage(run: RunContainerTool, name: string): Promise<BuiltImage> {
  const text = await run(['image', 'inspect', name]).catch((error: unknown) =>
    fail(
      {
        exit: 'usage',
        code: 'IMAGE_NOT_BUILT',
        message: 'there is no image of this name here',
        where: '--image',
        value: name,
        remedy: 'Build it: npm run image -- --base <image with Node 24>',
      },
      error,
    ),
  );
  return readInspection(name, JSON.parse(text));
}

/**
 * Puts an image into the environment's repository and returns the digest by which task definitions name it, as the
 * registry says it. An image that is there is not pushed again. The password goes to the tool's standard input and
 * is taken back afterwards. Throws `IMAGE_PUSH_UNPROVEN` (75) when the registry does not have what was pushed.
 */
export async function pushImage(
  run: RunContainerTool,
  registry: ImageRegistry,
  environment: string,
  name: string,
): Promise<Pushed> {
  const image = await inspectImage(run, name);
  const login = await registry.login();
  const { reference, repository, tag } = planPush(environment, login.registry, image);
  const known = await registry.digestOf(repository, tag);
  const logout = () => run(['logout', login.registry]).catch(() => undefined);
  if (known !== undefined) {
    // One that was killed after its push has left its password here.
    await logout();
    return { reference, digest: known, pushed: false };
  }
  try {
    await run(['login', '--username', login.user, '--password-stdin', login.registry], {
      input: login.password,
    });
    await run(['tag', name, reference]);
    await run(['push', reference], { show: true });
  } finally {
    await logout();
  }
  const digest = await registry.digestOf(repository, tag);
  if (digest === undefined) {
    return fail({
      exit: 'transient',
      code: 'IMAGE_PUSH_UNPROVEN',
      message: 'the tool said that it pushed, and the registry has no such image',
      where: reference,
      remedy: 'Run it again.',
    });
  }
  return { reference, digest, pushed: true };
}
