import { CloudWatchLogsClient } from '@aws-sdk/client-cloudwatch-logs';
import { ECSClient } from '@aws-sdk/client-ecs';
import { SFNClient } from '@aws-sdk/client-sfn';
import { z } from 'zod';
import { callPatiently } from './call-patiently.ts';
import { LookPacer } from './look-pacer.ts';
import { awsPace, localPace, type Pace } from './pace.ts';
import { RetryBudget } from './retry-budget.ts';
import { SharedLook } from './shared-look.ts';

export type CloudClients = {
  readonly stepFunctions: SFNClient;
  readonly ecs: ECSClient;
  readonly logs: CloudWatchLogsClient;
  readonly pace: Pace;
  /** One look for all followers of this process. */
  readonly look: SharedLook;
  /** Milliseconds that a page of a log would have to wait for others now. */
  readonly logWaitMillis: () => number;
  /** Milliseconds that the cloud's clock is ahead of this machine's, as it last answered. */
  readonly clockOffsetMillis: () => number | undefined;
  readonly close: () => void;
};

export type CloudAccess = {
  readonly region: string;
  /** Set for a cloud that answers on loopback; unset, the SDK finds AWS and credentials by its ordinary chain. */
  readonly loopback?: {
    readonly endpoint: string;
    readonly accessKey: string;
    /** Finds credentials by the access key; without it they are simply there. */
    readonly credentials?: (accessKey: string) => Promise<CloudCredentials>;
  };
  readonly pace?: Pace;
  /** This machine's clock, milliseconds since the epoch. */
  readonly now?: () => number;
};

export type CloudCredentials = {
  readonly accessKeyId: string;
  readonly secretAccessKey: string;
  readonly expiration?: Date;
};

const connectionTimeout = 3_000;
/** Clocks of the two ends are compared by the second, the resolution of the `Date` header. */
const answeredSchema = z.object({ headers: z.object({ date: z.string() }) });

/**
 * What every client of the operator is made with; every call has a timeout. Retries are the SDK's own, unless
 * the client gets another layer: nested, they would multiply.
 */
export function clientConfiguration({ region, loopback, pace: given }: CloudAccess) {
  const { callMillis } = paceOf(loopback, given);
  return {
    region,
    maxAttempts: 4,
    requestHandler: {
      connectionTimeout: Math.min(connectionTimeout, callMillis),
      requestTimeout: callMillis,
      socketTimeout: callMillis,
      // Without it a request that takes too long is only logged.
      throwOnRequestTimeout: true,
    },
    ...(loopback === undefined
      ? {}
      : { endpoint: loopback.endpoint, credentials: loopbackCredentials(loopback) }),
  };
}

/**
 * The clients through which the operator speaks to either cloud. Every call passes one layer of retries (see
 * `callPatiently`) with a bound on each attempt; calls that only look pass one pacer, so that a thousand
 * followers in this process ask no more often than one impatient person.
 */
export function connectCloud(access: CloudAccess): CloudClients {
  const pace = paceOf(access.loopback, access.pace);
  const now = access.now ?? Date.now;
  const configuration = { ...clientConfiguration(access), maxAttempts: 1 };
  const budget = new RetryBudget();
  const looks = new LookPacer(pace.looksPerSecond);
  const logPages = new LookPacer(pace.logPagesPerSecond);
  let clockOffset: number | undefined;

  const outermost = { step: 'initialize', priority: 'high', name: 'callPatiently' } as const;
  const patiently = <T>(context: object, attempt: () => Promise<T>): Promise<T> =>
    callPatiently(attempt, {
      pace,
      budget,
      pacer: pacerOf(context, looks, logPages),
      signal: signalOf(context),
      random: Math.random,
    });
  const innermost = { step: 'deserialize', priority: 'high', name: 'compareClocks' } as const;
  const compareClocks = async <T extends { readonly response: unknown }>(answer: Promise<T>): Promise<T> => {
    const result = await answer;
    const answered = answeredSchema.safeParse(result.response).data;
    const offset = Date.parse(answered?.headers.date ?? '') - now();
    if (Number.isFinite(offset)) clockOffset = offset;
    return result;
  };

  const stepFunctions = new SFNClient(configuration);
  const ecs = new ECSClient(configuration);
  const logs = new CloudWatchLogsClient(configuration);
  // The same three times, because each client types its own calls.
  stepFunctions.middlewareStack.add(
    (next, context) => (call) => patiently(context, () => next(call)),
    outermost,
  );
  ecs.middlewareStack.add((next, context) => (call) => patiently(context, () => next(call)), outermost);
  logs.middlewareStack.add((next, context) => (call) => patiently(context, () => next(call)), outermost);
  stepFunctions.middlewareStack.add((next) => (call) => compareClocks(next(call)), innermost);
  ecs.middlewareStack.add((next) => (call) => compareClocks(next(call)), innermost);
  logs.middlewareStack.add((next) => (call) => compareClocks(next(call)), innermost);
  return {
    stepFunctions,
    ecs,
    logs,
    pace,
    look: new SharedLook({ stepFunctions, ecs }, pace),
    logWaitMillis: () => logPages.waitMillis,
    clockOffsetMillis: () => clockOffset,
    close: () => {
      for (const client of [stepFunctions, ecs, logs]) client.destroy();
    },
  };
}

function paceOf(loopback: CloudAccess['loopback'], pace: Pace | undefined): Pace {
  return pace ?? (loopback === undefined ? awsPace : localPace);
}

function loopbackCredentials({ accessKey, credentials }: NonNullable<CloudAccess['loopback']>) {
  // A loopback cloud knows its own users by the key id; it checks no signatures.
  return credentials === undefined
    ? { accessKeyId: accessKey, secretAccessKey: 'unused' }
    : () => credentials(accessKey);
}

const contextSchema = z.object({
  commandName: z.string(),
  __smithy_context: z.object({ abortSignal: z.instanceof(AbortSignal).optional() }).optional(),
});

/** The signal that a caller gave with its call, which the SDK keeps for itself. */
function signalOf(context: object): AbortSignal | undefined {
  return contextSchema.safeParse(context).data?.__smithy_context?.abortSignal;
}

function pacerOf(context: object, looks: LookPacer, logPages: LookPacer): LookPacer | undefined {
  const name = contextSchema.safeParse(context).data?.commandName ?? '';
  if (name.startsWith('GetLogEvents')) return logPages;
  return /^(Describe|Get|List)/.test(name) ? looks : undefined;
}
