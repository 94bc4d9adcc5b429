import { z } from 'zod';
import { exitCodes, exitMeanings } from '../vocabulary/exit-codes.ts';
import { formatDuration } from '../vocabulary/instant.ts';
import type { TaskContract } from './define-task.ts';
import { launchVariables, platformVariables } from './launch-environment.ts';
import { stopTimeoutSeconds } from './task-definition.ts';

/** `docs/contracts.md`: every contract as a reader needs it. Pure; the same contracts give the same text. */
export function renderContracts(contracts: readonly TaskContract[]): string {
  const sections = contracts.map(renderContract);
  const codes = Object.entries(exitCodes).map(
    ([name, code]) => `| ${code} | ${name} | ${exitMeanings[name as keyof typeof exitMeanings]} |`,
  );
  return `${[
    '# Task contracts',
    'Generated from `lib/task-contracts` by `npm run docs`; a test fails when it is stale.',
    'Task definitions, IAM policies, the local launch environment and the bootstrap checks come from the same declarations.',
    '## Exit codes',
    table(['code', 'name', 'meaning'], codes),
    '## What every task is given',
    table(
      ['variable', 'comes from'],
      [
        ...Object.values(platformVariables).map((name) => `| \`${name}\` | task definition |`),
        ...Object.values(launchVariables).map((name) => `| \`${name}\` | the launch |`),
      ],
    ),
    ...sections,
  ].join('\n\n')}\n`;
}

function renderContract(contract: TaskContract): string {
  const { size, deadline, stopGrace } = contract;
  const secrets = Object.entries(contract.secrets).map(
    ([name, secret]) =>
      `| \`${name}\` | ${secret.kind} | \`${secret.path}\` | ${'role' in secret ? `\`${secret.role}\`` : ''} | ${secret.purpose} |`,
  );
  const settings = Object.entries(contract.settings).map(
    ([name, setting]) => `| \`${name}\` | ${setting.kind} | ${setting.purpose} |`,
  );
  const storage = (
    [
      ['evidence, read', contract.evidence.reads],
      ['evidence, write', contract.evidence.writes],
      ['lake, read', contract.lake.reads],
      ['lake, write', contract.lake.writes],
    ] as const
  ).filter(([, prefixes]) => prefixes.length > 0);
  return [
    `## ${contract.name}`,
    contract.purpose,
    table(
      ['property', 'value'],
      [
        `| size | ${size.cpu} CPU units, ${size.memoryMiB} MiB, ${size.ephemeralDiskGiB} GiB disk |`,
        `| deadline | ${formatDuration(deadline.default)} by default, ${formatDuration(deadline.maximum)} at most |`,
        `| stop grace | ${formatDuration(stopGrace)}, SIGKILL after ${stopTimeoutSeconds(contract)} s |`,
        `| database | ${contract.database === undefined ? 'none' : `\`${contract.database.secret}\`, schema ${contract.database.schema}`} |`,
        ...storage.map(
          ([what, prefixes]) => `| ${what} | ${prefixes.map((prefix) => `\`${prefix}\``).join(', ')} |`,
        ),
        `| asks of AWS | ${contract.actions.map((action) => `\`${action}\``).join(', ')} |`,
      ],
    ),
    '### Parameters',
    `\`\`\`json\n${JSON.stringify(z.toJSONSchema(contract.parameters, { io: 'input' }), undefined, 2)}\n\`\`\``,
    ...(settings.length === 0 ? [] : ['### Settings', table(['name', 'kind', 'purpose'], settings)]),
    ...(secrets.length === 0
      ? []
      : ['### Secrets', table(['name', 'kind', 'path', 'role', 'purpose'], secrets)]),
  ].join('\n\n');
}

function table(header: readonly string[], rows: readonly string[]): string {
  return [`| ${header.join(' | ')} |`, `| ${header.map(() => '---').join(' | ')} |`, ...rows].join('\n');
}
