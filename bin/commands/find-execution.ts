import { z } from 'zod';
import { parseCanonicalJson } from '../../lib/evidence/format/canonical-json.ts';
import { executionArn, type OperatorEnvironment } from '../../lib/operator/operator-environment.ts';
import { intentKey } from '../../lib/operator/start-execution.ts';
import { segmentContract } from '../../lib/task-contracts/segment.ts';
import { fail } from '../../lib/vocabulary/failure.ts';
import { executionIdSchema } from '../../lib/vocabulary/identifiers.ts';
import { oneShotInputSchema } from '../../lib/workflows/one-shot-input.ts';
import { segment5aInputSchema } from '../../lib/workflows/segment-5a-input.ts';
import type { ConductedExecution } from './conduct-execution.ts';
import { parseIdentifier } from './parse-identifier.ts';

const intentSchema = z.discriminatedUnion('schema', [oneShotInputSchema, segment5aInputSchema]);

/** The execution that an id names, from the intent that was recorded before it began. Throws `EXECUTION_UNKNOWN` (64). */
export async function findExecution(
  environment: OperatorEnvironment,
  text: string,
  signal: AbortSignal,
): Promise<ConductedExecution> {
  const executionId = parseIdentifier(executionIdSchema, text, '<execution>');
  const key = intentKey(environment, executionId);
  const bytes = await environment.evidence.get(key, signal);
  if (bytes === undefined) {
    return fail({
      exit: 'usage',
      code: 'EXECUTION_UNKNOWN',
      message: `the environment ${environment.name} knows no execution of this name`,
      where: key,
      value: executionId,
      remedy: 'See what there is: fraudctl runs list',
    });
  }
  const intent = intentSchema.parse(parseCanonicalJson(bytes, key));
  const oneShot = intent.schema === 'fraud-platform/one-shot-input/v1';
  return {
    executionId,
    executionArn: executionArn(environment, oneShot ? 'one-shot' : 'segment-5a', executionId),
    runId: intent.run_id,
    task: oneShot ? intent.task : segmentContract.name,
  };
}
