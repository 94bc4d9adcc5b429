import { BudgetsClient } from '@aws-sdk/client-budgets';
import { CloudWatchLogsClient } from '@aws-sdk/client-cloudwatch-logs';
import { ECRClient } from '@aws-sdk/client-ecr';
import { ECSClient } from '@aws-sdk/client-ecs';
import { IAMClient } from '@aws-sdk/client-iam';
import { RDSClient } from '@aws-sdk/client-rds';
import { ServiceQuotasClient } from '@aws-sdk/client-service-quotas';
import { SFNClient } from '@aws-sdk/client-sfn';
import { SSMClient } from '@aws-sdk/client-ssm';
import { STSClient } from '@aws-sdk/client-sts';
import { type CloudAccess, clientConfiguration } from '../cloud-clients.ts';

/** What the doctor asks. A local cloud answers ECS, Step Functions and Systems Manager alone. */
export type AccountClients = {
  readonly sts: STSClient;
  readonly quotas: ServiceQuotasClient;
  readonly budgets: BudgetsClient;
  readonly ecr: ECRClient;
  readonly ecs: ECSClient;
  readonly iam: IAMClient;
  readonly logs: CloudWatchLogsClient;
  readonly rds: RDSClient;
  readonly ssm: SSMClient;
  readonly stepFunctions: SFNClient;
  readonly close: () => void;
};

/** Budgets are kept in one place of the world. */
const budgetsRegion = 'us-east-1';

/** Clients with the credentials and timeouts of `connectCloud`; nothing is asked before the first call. */
export function connectAccount(access: CloudAccess): AccountClients {
  const configuration = clientConfiguration(access);
  const clients = {
    sts: new STSClient(configuration),
    quotas: new ServiceQuotasClient(configuration),
    budgets: new BudgetsClient({ ...configuration, region: budgetsRegion }),
    ecr: new ECRClient(configuration),
    ecs: new ECSClient(configuration),
    iam: new IAMClient(configuration),
    logs: new CloudWatchLogsClient(configuration),
    rds: new RDSClient(configuration),
    ssm: new SSMClient(configuration),
    stepFunctions: new SFNClient(configuration),
  };
  return {
    ...clients,
    close: () => {
      for (const client of Object.values(clients)) client.destroy();
    },
  };
}
