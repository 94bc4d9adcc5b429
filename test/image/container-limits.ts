import { scratchFolder } from '../../config/names.ts';
import type { ContainerTool } from '../../lib/operator/image/container-tool.ts';
import type { ContainerRequirements } from '../../lib/task-contracts/define-task.ts';
import { renderTaskDefinition, type TaskDefinition } from '../../lib/task-contracts/task-definition.ts';

/** The definition of a contract, as far as it bounds its container; nothing of an environment. */
export function definitionOf(contract: ContainerRequirements, image: string): TaskDefinition {
  return renderTaskDefinition(contract, {
    environment: 'local',
    account: '',
    region: '',
    image,
    imageDigest: '',
    evidenceStore: '',
    databaseAuthorities: '',
    scratch: scratchFolder,
    settings: Object.fromEntries(Object.keys(contract.settings).map((name) => [name, ''])),
  });
}

/** The options of `run` that bound a container as Fargate does: user, memory, read-only root, init, no capabilities. */
export function boundsOf(tool: ContainerTool, definition: TaskDefinition): readonly string[] {
  const [container] = definition.containerDefinitions;
  return [
    '--init',
    '--read-only',
    // Docker and podman give /tmp and more where a root is read-only; Fargate gives nothing.
    ...(tool === 'podman' ? ['--read-only-tmpfs=false'] : []),
    ...['--user', container.user],
    ...['--cap-drop', 'ALL'],
    ...['--security-opt', 'no-new-privileges'],
    ...['--memory', `${definition.memory}m`, '--memory-swap', `${definition.memory}m`],
    ...['--cpu-shares', definition.cpu],
    ...['--stop-timeout', String(container.stopTimeout)],
  ];
}
