/**
 * A variable that the function's own construct sets. Throws a plain `Error` when it is not there: it is
 * a defect of the construct, and the function must not begin.
 */
export function handlerVariable(name: string): string {
  const value = process.env[name];
  if (value === undefined || value === '') throw new Error(`the function has no ${name}`);
  return value;
}

/** Variables by which constructs tell their handlers where they are; names and ARNs only. */
export const handlerVariables = {
  environment: 'ENVIRONMENT',
  cluster: 'CLUSTER',
  evidenceBucket: 'EVIDENCE_BUCKET',
  gateService: 'GATE_SERVICE',
  /** ARN of the state machine whose executions need the gate; unset while there is none. */
  gateWorkflow: 'GATE_WORKFLOW',
  /** ARNs of all state machines, joined by commas. */
  stateMachines: 'STATE_MACHINES',
  database: 'DATABASE',
  secretsKey: 'SECRETS_KEY',
} as const;
