import { type EnvironmentName, stateMachineName } from '../../config/names.ts';
import type { EvidenceStore } from '../evidence/stores/evidence-store.ts';
import type { CloudClients } from './cloud-clients.ts';

/** Everything the operator needs to know of an environment; it cannot tell which cloud is behind it. */
export type OperatorEnvironment = {
  readonly name: EnvironmentName;
  readonly account: string;
  readonly region: string;
  readonly clients: CloudClients;
  readonly evidence: EvidenceStore;
  /** The third copy of what is sealed, on this machine. */
  readonly mirror: EvidenceStore;
  /** Where worlds and runs lie; absent where they lie in folders of this machine. */
  readonly lake?: Lake;
};

/** Worlds and runs of an environment; `url` is `s3://<bucket>/`, to which keys are relative. */
export type Lake = { readonly store: EvidenceStore; readonly url: string };

export function stateMachineArn(environment: OperatorEnvironment, workflow: string): string {
  return `arn:aws:states:${environment.region}:${environment.account}:stateMachine:${stateMachineName(environment.name, workflow)}`;
}

export function executionArn(
  environment: OperatorEnvironment,
  workflow: string,
  executionId: string,
): string {
  return `arn:aws:states:${environment.region}:${environment.account}:execution:${stateMachineName(environment.name, workflow)}:${executionId}`;
}
