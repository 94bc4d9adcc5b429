import type { ContainerTool } from '../../lib/operator/image/container-tool.ts';

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
