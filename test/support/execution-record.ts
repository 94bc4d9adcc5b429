import { canonicalBytes } from '../../lib/evidence/format/canonical-json.ts';
import type { JsonObject } from '../../lib/vocabulary/json.ts';

/** `execution-record.json` of a local execution that failed after a minute, but for what is changed. */
export const executionRecord = (executionId: string, change: JsonObject = {}) =>
  canonicalBytes({
    schema: 'fraud-platform/execution-record/v1',
    environment: 'local',
    execution_id: executionId,
    execution_arn: 'arn:execution',
    state_machine_arn: 'arn:machine',
    status: 'FAILED',
    error: 'TaskFailed',
    cause: null,
    started_at: '2026-02-21T02:09:23.000Z',
    stopped_at: '2026-02-21T02:10:23.000Z',
    ...change,
  });
