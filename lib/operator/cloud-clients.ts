import { CloudWatchLogsClient } from '@aws-sdk/client-cloudwatch-logs';
import { ECSClient } from '@aws-sdk/client-ecs';
import { SFNClient } from '@aws-sdk/client-sfn';

export type CloudClients = {
  readonly stepFunctions: SFNClient;
  readonly ecs: ECSClient;
  readonly logs: CloudWatchLogsClient;
  readonly close: () => void;
};

export type CloudAccess = {
  readonly region: string;
  /** Set for a cloud that answers on loopback; unset, the SDK finds AWS and credentials by its ordinary chain. */
  readonly endpoint?: string;
};

const connectionTimeout = 3_000;
const requestTimeout = 10_000;

/** The clients through which the operator speaks to either cloud; every call has a timeout. */
export function connectCloud({ region, endpoint }: CloudAccess): CloudClients {
  const configuration = {
    region,
    maxAttempts: 4,
    requestHandler: { connectionTimeout, requestTimeout },
    ...(endpoint === undefined
      ? {}
      : // A loopback cloud checks no signatures; the keys only satisfy the SDK.
        { endpoint, credentials: { accessKeyId: 'local', secretAccessKey: 'local' } }),
  };
  const stepFunctions = new SFNClient(configuration);
  const ecs = new ECSClient(configuration);
  const logs = new CloudWatchLogsClient(configuration);
  return {
    stepFunctions,
    ecs,
    logs,
    close: () => {
      for (const client of [stepFunctions, ecs, logs]) client.destroy();
    },
  };
}
