import { z } from 'zod';
import { parseEvidence } from '../evidence/format/parse-evidence.ts';
import { fail } from '../vocabulary/failure.ts';
import {
  type ExecutionRecord,
  executionRecordSchema,
  type TaskRecord,
  taskRecordSchema,
} from './task-record.ts';

const recordSchema = z.union([taskRecordSchema, executionRecordSchema]);

/**
 * Refuses, with `RECORD_CONTRADICTED` (73), a record that tells of another end than the platform does. The platform
 * may know less later, and say it in other words; what it has said of how something ended, it does not take back.
 */
export function refuseOtherEnd(
  key: string,
  kept: Uint8Array | undefined,
  told: TaskRecord | ExecutionRecord,
): void {
  const differences = differencesBetween(parseEvidence(kept, recordSchema), told);
  if (differences.length === 0) return;
  fail({
    exit: 'conflict',
    code: 'RECORD_CONTRADICTED',
    message: `the record that is kept is not what the platform tells: ${differences.join('; ')}`,
    where: key,
    remedy:
      'Believe no verdict on this record. Either two tasks had one launch key, or somebody else put it: the access log of the evidence bucket says who.',
  });
}

function differencesBetween(
  kept: TaskRecord | ExecutionRecord | undefined,
  told: TaskRecord | ExecutionRecord,
): readonly string[] {
  if (kept?.schema !== told.schema) return [`it is no ${told.schema}`];
  const said = lastingFactsOf(kept);
  return Object.entries(lastingFactsOf(told)).flatMap(([fact, now]) => {
    const before = said[fact] ?? null;
    return before === null || now === null || before === now
      ? []
      : [`${fact} is kept as ${before}, and told as ${now}`];
  });
}

/** `null`: nothing is said of it. */
function lastingFactsOf(
  record: TaskRecord | ExecutionRecord,
): Readonly<Record<string, string | number | null>> {
  if (record.schema === 'fraud-platform/execution-record/v1') {
    const { execution_arn, status } = record;
    return { execution_arn, status };
  }
  const { task_arn, stop_code, exit_code, image_digest } = record;
  return { task_arn, stop_code: stop_code === 'unknown' ? null : stop_code, exit_code, image_digest };
}
