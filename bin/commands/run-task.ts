import { readFile } from 'node:fs/promises';
import { canonicalBytes } from '../../lib/evidence/format/canonical-json.ts';
import { parseEvidence } from '../../lib/evidence/format/parse-evidence.ts';
import { checkNamedNow, claimName } from '../../lib/operator/claim-name.ts';
import type { OperatorEnvironment } from '../../lib/operator/operator-environment.ts';
import { admitToPhase, hasBegun, type PhaseWish, withAttempt } from '../../lib/operator/phases.ts';
import { deadlineAfter, type LaunchPlan, planLaunch } from '../../lib/operator/plan-launch.ts';
import { recordRunScope } from '../../lib/operator/record-run-scope.ts';
import { resolveTaskDefinition } from '../../lib/operator/resolve-task-definition.ts';
import { intentKey, startExecution } from '../../lib/operator/start-execution.ts';
import { findContract, taskContracts } from '../../lib/task-contracts/catalogue.ts';
import type { TaskContract } from '../../lib/task-contracts/define-task.ts';
import { fail, messageOf } from '../../lib/vocabulary/failure.ts';
import {
  type ExecutionId,
  executionIdAt,
  executionIdSchema,
  laneSchema,
  runIdAt,
  runIdSchema,
} from '../../lib/vocabulary/identifiers.ts';
import { type Instant, instantSchema, parseDuration } from '../../lib/vocabulary/instant.ts';
import type { JsonValue } from '../../lib/vocabulary/json.ts';
import { didYouMean } from '../../lib/vocabulary/nearest-names.ts';
import { type OneShotInput, oneShotInputSchema } from '../../lib/workflows/one-shot-input.ts';
import type { CommandContext } from './command-context.ts';
import type { ConductedExecution } from './conduct-execution.ts';
import { parseIdentifier } from './parse-identifier.ts';

export type TaskWish = {
  readonly task: string;
  /** JSON text, or `@file`. */
  readonly parameters: string | undefined;
  /** A duration or an instant. */
  readonly deadline: string | undefined;
  readonly runId: string | undefined;
  readonly lane: string | undefined;
  readonly executionId: string | undefined;
  readonly relaunchWaitSeconds: number;
  /** Phase that it is an attempt at. */
  readonly phase?: PhaseWish | undefined;
};

/**
 * Starts a task's execution and returns who it is. Nothing exists before the wish is known to be
 * whole: an unknown task, parameters that do not parse or a bad deadline refuse first.
 */
export async function launchTask(
  context: CommandContext,
  wish: TaskWish,
): Promise<{ readonly environment: OperatorEnvironment; readonly execution: ConductedExecution }> {
  const contract = findContract(wish.task) ?? refuseUnknownTask(wish.task);
  const parameters = await readParameters(wish.parameters);
  const now = context.now();
  const deadline = readDeadline(wish.deadline, now, contract);
  const named =
    wish.executionId === undefined
      ? undefined
      : parseIdentifier(executionIdSchema, wish.executionId, '--execution');
  const runId = wish.runId === undefined ? undefined : parseIdentifier(runIdSchema, wish.runId, '--run');
  const lane = parseIdentifier(laneSchema, wish.lane ?? contract.name, '--lane');
  const basis = {
    contract,
    environment: context.environmentName,
    parameters,
    deadline,
    now,
    relaunchWaitSeconds: wish.relaunchWaitSeconds,
  };
  // A dry plan: refuses parameters and deadline before an environment is even opened.
  planLaunch({
    ...basis,
    executionId: named ?? executionIdAt(lane, now),
    runId: runId ?? runIdAt(now),
    taskDefinition: 'unresolved',
  });

  // `migrate` makes the database ready; every other task needs it to be.
  const environment = await context.openEnvironment({ migrated: contract.name !== 'migrate' });
  const ticket =
    wish.phase === undefined
      ? undefined
      : await admitToPhase(environment, wish.phase, { kind: 'task', name: contract.name }, context.signal);
  if (ticket !== undefined) context.output.progress(ticket.says);
  const taskDefinition = await resolveTaskDefinition(environment, contract.name, context.signal);
  const startAs = async (executionId: ExecutionId): Promise<ConductedExecution> => {
    const existing =
      named === undefined ? undefined : await readIntent(environment, executionId, context.signal);
    // Who died between the record of an attempt and the intent goes on with the same name, however late.
    if (named !== undefined && ticket !== undefined && existing === undefined) {
      const begun = await hasBegun(environment, ticket, executionId, context.signal);
      if (!begun) checkNamedNow(executionId, now);
    }
    const plan = planLaunch({
      ...basis,
      // A name may have been waited for; a deadline is not moved by it.
      now: context.now(),
      executionId,
      runId: runId ?? existing?.run_id ?? runIdAt(now),
      taskDefinition: existing?.task_definition ?? taskDefinition,
    });
    const matched = existing === undefined ? plan : adoptClock(plan, existing, wish.deadline === undefined);
    const scope = matched.input.run_id;
    await recordRunScope(environment, scope, context.signal);
    const recorded =
      ticket === undefined ? matched : withAttempt(matched, environment, scope, contract.name, ticket);
    const started = await startExecution(environment, 'one-shot', recorded, context.signal);
    context.output.progress(
      `${started.kind} ${executionId} in ${environment.name}, run ${scope}, deadline ${matched.input.deadline}`,
    );
    return { executionId, executionArn: started.executionArn, runId: scope, task: contract.name };
  };
  const execution =
    named === undefined ? await claimName(lane, context, context.signal, startAs) : await startAs(named);
  return { environment, execution };
}

/**
 * Two operators who mean the same execution cannot mean the same millisecond: the second adopts the
 * first one's deadline, unless it asked for a deadline of its own.
 */
function adoptClock(plan: LaunchPlan, existing: OneShotInput, deadlineIsDefault: boolean): LaunchPlan {
  if (!deadlineIsDefault) return plan;
  const input = {
    ...plan.input,
    deadline: existing.deadline,
    timeout_seconds: existing.timeout_seconds,
    relaunch_wait_seconds: existing.relaunch_wait_seconds,
  };
  return { ...plan, input, intent: canonicalBytes(input) };
}

async function readIntent(
  environment: OperatorEnvironment,
  executionId: ExecutionId,
  signal: AbortSignal,
): Promise<OneShotInput | undefined> {
  const bytes = await environment.evidence.get(intentKey(environment, executionId), signal);
  return parseEvidence(bytes, oneShotInputSchema);
}

async function readParameters(given: string | undefined): Promise<JsonValue> {
  if (given === undefined) return {};
  const where = given.startsWith('@') ? given.slice(1) : '--params';
  let text = given;
  if (given.startsWith('@')) {
    text = await readFile(given.slice(1), 'utf8').catch((error: unknown) =>
      fail({
        exit: 'usage',
        code: 'PARAMETERS_UNREADABLE',
        message: messageOf(error),
        where,
        remedy: 'Give JSON text, or @ and the path of a readable file.',
      }),
    );
  }
  try {
    return JSON.parse(text);
  } catch (error) {
    return fail({
      exit: 'usage',
      code: 'PARAMETERS_NOT_JSON',
      message: messageOf(error),
      where,
      value: text.slice(0, 120),
      remedy: `Give an object, for example --params '{"note":"hello"}'.`,
    });
  }
}

function readDeadline(given: string | undefined, now: number, contract: TaskContract): Instant {
  if (given === undefined) return deadlineAfter(now, contract.deadline.default);
  const instant = instantSchema.safeParse(given);
  return instant.success ? instant.data : deadlineAfter(now, parseDuration(given, '--deadline'));
}

function refuseUnknownTask(name: string): never {
  const known = taskContracts.map((contract) => contract.name);
  return fail({
    exit: 'usage',
    code: 'TASK_UNKNOWN',
    message: 'there is no task of this name',
    where: '<task>',
    value: name,
    remedy: `${didYouMean(name, known)}Tasks are: ${known.join(', ')}.`,
  });
}
