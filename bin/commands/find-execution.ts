import { parseCanonicalJson } from '../../lib/evidence/format/canonical-json.ts';
import { executionArn, type OperatorEnvironment } from '../../lib/operator/operator-environment.ts';
import { intentKey } from '../../lib/operator/start-execution.ts';
import { fail } from '../../lib/vocabulary/failure.ts';
import { executionIdSchema } from '../../lib/vocabulary/identifiers.ts';
import { type Intent, intentSchema, workflowOf } from '../../lib/workflows/intent.ts';
import type { ConductedExecution } from './conduct-execution.ts';
import { parseIdentifier } from './parse-identifier.ts';

/** An execution with what it was started with. */
export type FoundExecution = ConductedExecution & { readonly intent: Intent };

/** The execution that an id names, from the intent that was recorded before it began. Throws `EXECUTION_UNKNOWN` (64). */
export async function findExecution(
  environment: OperatorEnvironment,
  text: string,
  signal: AbortSignal,
): Promise<FoundExecution> {
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
  const parsed = intentSchema.safeParse(parseCanonicalJson(bytes, key));
  if (!parsed.success) {
    const [issue] = parsed.error.issues;
    return fail({
      exit: 'data',
      code: 'INTENT_MALFORMED',
      message: `the intent of this execution is not one: ${issue?.path.join('.') ?? ''} ${issue?.message ?? ''}`,
      where: key,
      value: executionId,
      remedy: 'Somebody or something else wrote it: what started under this name is not ours to follow.',
    });
  }
  const intent = parsed.data;
  const { workflow, task } = workflowOf(intent);
  return {
    executionId,
    executionArn: executionArn(environment, workflow, executionId),
    runId: intent.run_id,
    task,
    intent,
  };
}
