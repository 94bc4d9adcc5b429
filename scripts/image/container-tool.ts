import { spawn, spawnSync } from 'node:child_process';

export type ContainerTool = 'docker' | 'podman';

/** The container tool of this machine, or `undefined` where there is none that answers. */
export function findContainerTool(): ContainerTool | undefined {
  return (['docker', 'podman'] as const).find(
    (tool) => spawnSync(tool, ['info'], { stdio: 'ignore', timeout: 20_000 }).status === 0,
  );
}

/** Runs the tool with its output shown; throws when it fails. */
export async function runTool(
  tool: ContainerTool,
  parameters: readonly string[],
  show = true,
): Promise<string> {
  const child = spawn(tool, parameters, { stdio: ['ignore', 'pipe', show ? 'inherit' : 'pipe'] });
  let text = '';
  child.stdout?.on('data', (chunk) => {
    text += String(chunk);
    if (show) process.stderr.write(chunk);
  });
  const code = await new Promise<number | null>((resolve, reject) => {
    child.on('error', reject);
    child.on('close', resolve);
  });
  if (code !== 0) throw new Error(`${tool} ${parameters[0]} ended with ${code}`);
  return text;
}

export type BuildWish = {
  readonly tool: ContainerTool;
  readonly dockerfile: string;
  readonly context: string;
  readonly base: string;
  readonly tag: string;
  readonly version: string;
  readonly contextSha256: string;
};

/** What the tool is asked to build, the same bytes every time. Pure. */
export function buildParameters(wish: BuildWish): readonly string[] {
  const argument = (name: string, value: string) => ['--build-arg', `${name}=${value}`];
  return [
    'build',
    ...(wish.tool === 'podman' ? ['--timestamp', '0'] : argument('SOURCE_DATE_EPOCH', '0')),
    ...argument('BASE_IMAGE', wish.base),
    ...argument('VERSION', wish.version),
    ...argument('CONTEXT_SHA256', wish.contextSha256),
    '--file',
    wish.dockerfile,
    '--tag',
    wish.tag,
    wish.context,
  ];
}
