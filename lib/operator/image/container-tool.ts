import { spawn, spawnSync } from 'node:child_process';
import { fail, messageOf } from '../../vocabulary/failure.ts';

export type ContainerTool = 'docker' | 'podman';

/** The container tool of this machine, or `undefined` where there is none that answers. */
export function findContainerTool(): ContainerTool | undefined {
  return (['docker', 'podman'] as const).find(
    (tool) => spawnSync(tool, ['info'], { stdio: 'ignore', timeout: 20_000 }).status === 0,
  );
}

export type ToolOptions = {
  /** What the tool says goes to standard error as it comes. */
  readonly show?: boolean;
  /** Given on standard input: what must be on no command line. */
  readonly input?: string;
};

/**
 * Runs the tool and returns its standard output. Throws `CONTAINER_TOOL_FAILED` (75) with the last lines of what
 * it complained of; the command line is in the message, so it must hold no secret.
 */
export async function runTool(
  tool: ContainerTool,
  parameters: readonly string[],
  { show = false, input }: ToolOptions = {},
): Promise<string> {
  const child = spawn(tool, parameters, {
    stdio: [input === undefined ? 'ignore' : 'pipe', 'pipe', 'pipe'],
    // An attestation would make the image an index, whose digest no task record names.
    env: { ...process.env, BUILDX_NO_DEFAULT_ATTESTATIONS: '1' },
  });
  let text = '';
  let complaint = '';
  child.stdout?.on('data', (chunk) => {
    text += String(chunk);
    if (show) process.stderr.write(chunk);
  });
  child.stderr?.on('data', (chunk) => {
    complaint = `${complaint}${String(chunk)}`.slice(-2_000);
    if (show) process.stderr.write(chunk);
  });
  // A tool that ends without reading has its own complaint.
  child.stdin?.on('error', () => undefined);
  child.stdin?.end(input);
  const code = await new Promise<number | null>((resolve, reject) => {
    child.on('error', reject);
    child.on('close', resolve);
  }).catch((error: unknown) => refuse(tool, parameters, messageOf(error)));
  if (code !== 0)
    refuse(tool, parameters, complaint.trim().split('\n').slice(-3).join(' | ') || `exit ${code}`);
  return text;
}

function refuse(tool: ContainerTool, parameters: readonly string[], why: string): never {
  return fail({
    exit: 'transient',
    code: 'CONTAINER_TOOL_FAILED',
    message: `${tool} ${parameters[0]} failed: ${why}`,
    where: [tool, ...parameters].join(' '),
    remedy: `See whether ${tool} is well: ${tool} info. Then run again.`,
  });
}
