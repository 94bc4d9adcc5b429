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
  readonly loopback?: { readonly endpoint: string; readonly accessKey: string };
};

const connectionTimeout = 3_000;
const requestTimeout = 10_000;

/** What every client of the operator is made with; every call has a timeout. */
export function clientConfiguration({ region, loopback }: CloudAccess) {
  return {
    region,
    maxAttempts: 4,
    requestHandler: { connectionTimeout, requestTimeout },
    ...(loopback === undefined
      ? {}
      : {
          endpoint: loopback.endpoint,
          // A loopback cloud knows its own users by the key id; it checks no signatures.
          credentials: { accessKeyId: loopback.accessKey, secretAccessKey: 'unused' },
        }),
  };
}

/** The clients through which the operator speaks to either cloud. */
export function connectCloud(access: CloudAccess): CloudClients {
  const configuration = clientConfiguration(access);
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
