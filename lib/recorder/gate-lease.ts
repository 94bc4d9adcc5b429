import { type EnvironmentName, stateMachineName } from '../../config/names.ts';

/** The workflow whose running executions need the gate. */
export const gateWorkflow = 'bounded-burst';

/**
 * Whether any of these state machines, of executions that run, needs the gate. A running execution is
 * the lease on the gate: it begins and ends atomically with the execution, on every path, and whoever
 * may list executions can see it. Pure.
 */
export function usesGate(environment: EnvironmentName, stateMachineArns: readonly string[]): boolean {
  const name = stateMachineName(environment, gateWorkflow);
  return stateMachineArns.some((arn) => arn.split(':').at(-1) === name);
}
