import { type ChildProcess, spawn } from 'node:child_process';
import { chmod, mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { bucketName, gateHost } from '../../config/names.ts';
import { ensureLocalCloud, stopLocalCloud } from '../../lib/local-cloud/control.ts';
import type { StandIn } from '../../lib/local-cloud/stand-in.ts';
import { containerContracts, findContract } from '../../lib/task-contracts/catalogue.ts';
import { writeOncePolicy } from '../fakes/s3/bucket-policy.ts';
import { type FakeS3, type S3Wish, startFakeS3 } from '../fakes/s3/fake-s3.ts';
import { type FakeAws, startFakeAws } from './fake-aws.ts';
import { contractPermits } from './grant-permits.ts';
import { type Finished, finished } from './local-environment.ts';
import { s3Variables } from './s3-environment.ts';

const program = fileURLToPath(new URL('../../bin/fraudctl.mjs', import.meta.url));

const tasksProgram = fileURLToPath(new URL('../../tasks/main.mjs', import.meta.url));
const gateNames = fileURLToPath(new URL('../fakes/gate-host.mjs', import.meta.url));

export const awsName = 'dev-min';
export const awsAccount = '123456789012';
const region = 'eu-west-2';
/** Secret of every access key; the wire of the local cloud looks at the id alone. */
const secret = 'a-secret-of-the-stand-in';

/**
 * An environment in AWS as far as loopback goes: the local cloud's wire under another name and account, a strict
 * S3, an STS that knows the operator. Each task has an access key that may do what its contract grants, and no
 * more; the operator may do all.
 */
export type AwsEnvironment = {
  readonly s3: FakeS3;
  readonly sts: FakeAws;
  readonly evidenceBucket: string;
  readonly lakeBucket: string;
  /** Where the cloud that stands in keeps its state. */
  readonly home: string;
  /** Where the operator keeps its mirror. */
  readonly operatorHome: string;
  /** What a program of the operator is told by its environment. */
  readonly variables: Readonly<Record<string, string>>;
  /** Runs fraudctl in this environment to its end, with more variables if need be. */
  readonly fraudctl: (...parameters: string[]) => Promise<Finished>;
  readonly fraudctlWith: (variables: Record<string, string>, ...parameters: string[]) => Promise<Finished>;
  readonly startFraudctl: (...parameters: string[]) => ChildProcess;
  readonly close: () => Promise<void>;
};

/** `entryPoint` is what tasks are started with instead of this clone's own program. */
export async function createAwsEnvironment({
  entryPoint,
}: {
  readonly entryPoint?: (home: string) => readonly string[];
} = {}): Promise<AwsEnvironment> {
  const home = await mkdtemp(join(tmpdir(), 'stand-in-'));
  // Run as root, PostgreSQL is another user and must be able to pass through.
  await chmod(home, 0o711);
  const operatorHome = await mkdtemp(join(tmpdir(), 'operator-'));
  const evidenceBucket = bucketName(awsName, awsAccount, 'evidence');
  const lakeBucket = bucketName(awsName, awsAccount, 'lake');
  const accessKeys: Record<string, string> = { AKIDRECORDER: secret };
  for (const { name } of containerContracts) accessKeys[taskKeyId(name)] = secret;
  const s3 = await startFakeS3({
    region,
    buckets: [{ name: evidenceBucket, policy: writeOncePolicy }, { name: lakeBucket }],
    accessKeys,
    permits: (wish) => mayDo(wish, evidenceBucket, lakeBucket),
  });
  const sts = await startFakeAws({ GetCallerIdentity: () => callerIdentity(awsAccount) });
  const standIn: StandIn = {
    environment: awsName,
    region,
    account: awsAccount,
    evidenceStore: `s3://${evidenceBucket}/`,
    recorderVariables: s3Variables(s3, 'AKIDRECORDER', secret),
    containerVariables: Object.fromEntries(
      containerContracts.map(({ name }) => [
        name,
        {
          ...s3Variables(s3, taskKeyId(name), secret),
          GATE_HOST: gateHost(awsName),
          GATE_PORT_FILE: join(home, 'services', 'gate.port'),
        },
      ]),
    ),
  };
  const options = {
    fsync: false,
    standIn,
    entryPoint: entryPoint?.(home) ?? [process.execPath, '--import', gateNames, tasksProgram],
  };
  const cloud = await ensureLocalCloud(home, options);
  accessKeys[cloud.accessKey] = secret;
  const wire = `http://127.0.0.1:${cloud.port}`;
  const variables = {
    ...s3Variables(s3, cloud.accessKey, secret),
    AWS_ENDPOINT_URL_STS: sts.url,
    AWS_ENDPOINT_URL_SFN: wire,
    AWS_ENDPOINT_URL_ECS: wire,
    AWS_ENDPOINT_URL_CLOUDWATCH_LOGS: wire,
    AWS_ENDPOINT_URL_SSM: wire,
    FRAUD_PLATFORM_HOME: operatorHome,
    NO_COLOR: '1',
  };
  const start = (more: Record<string, string>, parameters: readonly string[]) =>
    spawn(process.execPath, [program, '--env', awsName, ...parameters], {
      env: { ...process.env, ...variables, ...more },
      stdio: ['ignore', 'pipe', 'pipe'],
      detached: true,
    });
  return {
    s3,
    sts,
    evidenceBucket,
    lakeBucket,
    home,
    operatorHome,
    variables,
    startFraudctl: (...parameters) => start({}, parameters),
    fraudctl: (...parameters) => finished(start({}, parameters)),
    fraudctlWith: (more, ...parameters) => finished(start(more, parameters)),
    close: async () => {
      await ensureLocalCloud(home, options);
      await stopLocalCloud(home, true);
      await sts.close();
      await s3.close();
      await rm(home, { recursive: true, force: true });
      await rm(operatorHome, { recursive: true, force: true });
    },
  };
}

/** Id of the access key of a contract's tasks. */
export const taskKeyId = (contract: string) => `AKIDTASK${contract.toUpperCase()}`;

export const callerIdentity = (account: string) => ({
  headers: { 'content-type': 'text/xml' },
  body: [
    '<GetCallerIdentityResponse xmlns="https://sts.amazonaws.com/doc/2011-06-15/"><GetCallerIdentityResult>',
    `<Arn>arn:aws:iam::${account}:user/engineer</Arn><UserId>AIDA</UserId><Account>${account}</Account>`,
    '</GetCallerIdentityResult></GetCallerIdentityResponse>',
  ].join(''),
});

function mayDo(wish: S3Wish, evidence: string, lake: string): boolean {
  const contract = containerContracts
    .map(({ name }) => findContract(name))
    .find((one) => one !== undefined && taskKeyId(one.name) === wish.accessKeyId);
  return contract === undefined || contractPermits(contract, { evidence, lake })(wish);
}
