import assert from 'node:assert/strict';
import { test } from 'node:test';
import { z } from 'zod';
import { runService } from '../../../lib/runtime/run-service.ts';
import { defineService } from '../../../lib/task-contracts/define-task.ts';
import { exitCodes } from '../../../lib/vocabulary/exit-codes.ts';

test('a check that breaks is the end of the service, told like every other one', async () => {
  const contract = defineService({
    name: 'bare',
    purpose: 'Has a setting that cannot be checked.',
    settings: {
      MOOD: {
        purpose: 'Breaks its check.',
        kind: 'text',
        schema: z.string().transform(() => {
          throw new Error('the check broke');
        }),
      },
    },
    secrets: {},
    size: { cpu: 256, memoryMiB: 512, ephemeralDiskGiB: 21 },
    stopGrace: 1_000,
    port: 8_080,
  });
  const lines: string[] = [];
  const exitCode = await runService(contract, async () => assert.fail('it must not run'), {
    environment: { ENVIRONMENT: 'local', IMAGE_DIGEST: 'local', PORT: '8080', MOOD: 'bright' },
    now: () => Date.now(),
    writeLine: (line) => void lines.push(line),
    onTerminate: () => undefined,
  });
  assert.equal(exitCode, exitCodes.internal);
  const { event, failure } = JSON.parse(lines.at(-1) ?? '{}');
  assert.deepEqual([event, failure.message], ['ended', 'the check broke']);
});
