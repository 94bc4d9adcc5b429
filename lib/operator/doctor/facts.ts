/** Who the credentials are. */
export type IdentityFact = { readonly account: string; readonly arn: string };

/** The cluster as ECS names it; `undefined` where there is none. */
export type ClusterFact = { readonly arn: string; readonly status: string } | undefined;

/** What the account may use at once in the region. */
export type QuotaFact = { readonly fargateVcpus: number; readonly lambdaConcurrency: number };

/** The newest task definition of a family. */
export type DefinitionFact = {
  readonly family: string;
  /** `undefined`: the family has none. */
  readonly definition:
    | {
        readonly arn: string;
        readonly image: string;
        readonly taskRoleArn: string | undefined;
        readonly executionRoleArn: string | undefined;
      }
    | undefined;
};

/** Digests of an image repository that were asked for and are there; `undefined` where there is no repository. */
export type RegistryFact = { readonly present: readonly string[] } | undefined;

/** What can be said of the value of a secret without saying it. `closed`: this user may not read it. */
export type SecretValue = 'sound' | 'blank' | 'placeholder' | 'malformed' | 'closed';

export type SecretFact = {
  readonly name: string;
  /** `undefined`: there is no such parameter. */
  readonly parameter:
    | {
        readonly version: number;
        readonly type: string;
        readonly value: SecretValue;
        /** Epoch milliseconds, and who; `undefined` where the service does not say. */
        readonly writtenAt: number | undefined;
        readonly writtenBy: string | undefined;
        readonly description: string | undefined;
      }
    | undefined;
};

/** Days that a log group keeps what it gets; `null` for ever; a group that is not there is `undefined`. */
export type LogGroupFact = { readonly name: string; readonly retentionDays: number | null | undefined };

export type StateMachineFact = {
  readonly name: string;
  readonly machine: { readonly status: string; readonly roleArn: string | undefined } | undefined;
};

export type RoleFact = { readonly name: string; readonly exists: boolean };

export type DatabaseFact =
  | { readonly status: string; readonly engineVersion: string; readonly stoppedOnPurpose: boolean }
  | undefined;

/** The newest migrate that was done, by its evidence. */
export type MigrationFact =
  | { readonly executionId: string; readonly schemaVersion: number; readonly endedAt: number }
  | undefined;

/** What became of a put to a key that exists: only `refused` is how evidence is kept. */
export type WriteProbeFact = 'refused' | 'overwritten' | 'changed';

/** US dollars of this month, for the whole account: budgets know no environment. */
export type BudgetFact =
  | { readonly limitUsd: number; readonly actualUsd: number; readonly forecastUsd: number | undefined }
  | undefined;

/** What runs in an environment. */
export type LiveWork = {
  /** Names of running executions, of every state machine. */
  readonly executions: readonly string[];
  /** ARNs of one-shot tasks that have not stopped. */
  readonly tasks: readonly string[];
  /** Services that somebody wants, with how many tasks. */
  readonly services: readonly { readonly name: string; readonly desiredCount: number }[];
};

/** The local cloud as it says itself; `undefined` when it does not run. */
export type LocalCloudFact =
  | {
      readonly state: string;
      readonly pid: number;
      readonly port: number;
      readonly postgresPort: number | undefined;
    }
  | undefined;

/** Files below the folder of secrets that others than their owner may open, and bytes free on its disk. */
export type LocalHomeFact = { readonly openSecrets: readonly string[]; readonly freeBytes: number };
