import { z } from 'zod';
import {
  budgetName,
  clusterName,
  databaseIdentifier,
  databaseName,
  functionName,
  imageRepositoryName,
  secretParameterName,
  serviceName,
  stateMachineName,
  stoppedOnPurposeTag,
  taskFamily,
} from '../../config/names.ts';
import { Dsn } from '../../lib/database/dsn.ts';
import { expectedNames } from '../../lib/operator/doctor/expected-names.ts';
import type { EnvironmentSettings } from '../../lib/stacks/environment/environment-settings.ts';
import { containerContracts } from '../../lib/task-contracts/catalogue.ts';
import { awsError, type FakeAnswer, type FakeOperation } from './fake-aws.ts';

export const fakeAccount = '111122223333';
export const fakeDigest = `sha256:${'0123456789abcdef'.repeat(4)}`;

/** What of an environment the fake knows; tests change it in place. */
export type FakeEnvironment = {
  account: string;
  clusterStatus: string | undefined;
  fargateVcpus: number;
  /** By family; the image's digest, or the whole image when it has no digest. */
  images: Map<string, string>;
  registry: Set<string> | undefined;
  roles: Set<string>;
  parameters: Map<string, FakeParameter>;
  /** Whether an operator may decrypt: the key of a real environment says no. */
  decrypts: boolean;
  logGroups: Map<string, number | undefined>;
  machines: Map<string, string>;
  database: { status: string; tags: Set<string> } | undefined;
  /** Statuses that the database takes, one at each look. */
  databaseNext: string[];
  budget: { limit: string; actual: string; forecast: string | undefined; unit: string } | undefined;
  executions: string[];
  tasks: { arn: string; group: string }[];
  gateCount: number;
  /** What was done to it, in order. */
  done: string[];
};
export type FakeParameter = {
  Value: string;
  Type: string;
  Description: string;
  LastModifiedUser: string;
  LastModifiedDate: number;
};

/** An environment as a deploy and a migrate leave it. */
export function soundEnvironment(settings: EnvironmentSettings): FakeEnvironment {
  const { name } = settings;
  const names = expectedNames(name);
  const secretOf = (parameter: string) => {
    const requirement = containerContracts
      .flatMap(({ secrets }) => Object.values(secrets))
      .find(({ path }) => secretParameterName(name, path) === parameter);
    return requirement === undefined || requirement.kind === 'api-key'
      ? 'k7Rw2Qx9Lm4Vt6Bn8Hs3Jd5Fg1Pz0Ya'
      : new Dsn({
          host: 'db.internal',
          port: 5432,
          database: databaseName,
          user: requirement.role,
          password: 'Zq8Xw3Nk5',
        }).reveal();
  };
  return {
    account: fakeAccount,
    clusterStatus: 'ACTIVE',
    fargateVcpus: 64,
    images: new Map(names.families.map((family) => [family, fakeDigest])),
    registry: new Set([fakeDigest]),
    roles: new Set(names.roles),
    parameters: new Map(
      names.secrets.map((parameter) => [
        parameter,
        {
          Value: secretOf(parameter),
          Type: 'SecureString',
          Description: `rotation ${settings.secrets.rotation}`,
          LastModifiedUser: `arn:aws:sts::${fakeAccount}:assumed-role/${functionName(name, 'secret-writer')}/${functionName(name, 'secret-writer')}`,
          LastModifiedDate: Date.parse('2026-02-20T00:00:00Z') / 1_000,
        },
      ]),
    ),
    decrypts: false,
    logGroups: new Map(names.logGroups.map((group) => [group, settings.logs.retentionDays])),
    machines: new Map(names.machines.map((machine) => [machine, `${machine}-workflow`])),
    database: { status: 'available', tags: new Set() },
    databaseNext: [],
    budget: { limit: String(settings.budget.monthlyUsd), actual: '4.2', forecast: '17.8', unit: 'USD' },
    executions: [],
    tasks: [],
    gateCount: 0,
    done: [],
  };
}

const xml = (body: string, status = 200): FakeAnswer => ({
  status,
  headers: { 'content-type': 'text/xml' },
  body,
});
const xmlError = (code: string, status = 400) =>
  xml(
    `<ErrorResponse><Error><Code>${code}</Code><Message>the fake says ${code}</Message></Error></ErrorResponse>`,
    status,
  );
const target = (service: string, operation: string) => `${service}.${operation}`;
const ecs = (operation: string) => target('AmazonEC2ContainerServiceV20141113', operation);

/** The services of AWS as far as doctor, db and image ask them, over one environment. */
export function environmentOperations(
  { name, region }: EnvironmentSettings,
  environment: FakeEnvironment,
): Readonly<Record<string, FakeOperation>> {
  const clusterArn = () => `arn:aws:ecs:${region}:${environment.account}:cluster/${clusterName(name)}`;
  const databaseXml = () => {
    const { database } = environment;
    if (database === undefined) return xmlError('DBInstanceNotFound', 404);
    database.status = environment.databaseNext.shift() ?? database.status;
    const tags = [...database.tags].map((Key) => `<Tag><Key>${Key}</Key><Value>x</Value></Tag>`).join('');
    return xml(
      `<R><DescribeDBInstancesResult><DBInstances><DBInstance><DBInstanceStatus>${database.status}</DBInstanceStatus><EngineVersion>17.9</EngineVersion><TagList>${tags}</TagList></DBInstance></DBInstances></DescribeDBInstancesResult></R>`,
    );
  };
  const change =
    (what: string, apply: (body: Record<string, unknown>) => void): FakeOperation =>
    ({ body }) => {
      apply(z.record(z.string(), z.unknown()).parse(body));
      environment.done.push(what);
      return xml(`<R><${what}Result/></R>`);
    };
  /** RDS takes it in one state only, and then refuses it: also the retry of one whose answer was lost. */
  const power = (what: string, from: string, under: string, to: string): FakeOperation => {
    const accept = change(what, ({ DBInstanceIdentifier }) => {
      if (environment.database === undefined || DBInstanceIdentifier !== databaseIdentifier(name)) return;
      environment.database.status = under;
      environment.databaseNext.push(under, to);
    });
    return (call) =>
      environment.database?.status === from ? accept(call) : xmlError('InvalidDBInstanceState');
  };
  const named = (body: unknown) => {
    const { Names } = z.object({ Names: z.array(z.string()).max(10) }).parse(body);
    return Names;
  };
  return {
    GetCallerIdentity: () =>
      xml(
        `<GetCallerIdentityResponse><GetCallerIdentityResult><Arn>arn:aws:sts::${environment.account}:assumed-role/operator/me</Arn><UserId>U</UserId><Account>${environment.account}</Account></GetCallerIdentityResult></GetCallerIdentityResponse>`,
      ),
    GetRole: ({ body }) => {
      const { RoleName } = z.object({ RoleName: z.string() }).parse(body);
      return environment.roles.has(RoleName)
        ? xml(
            `<GetRoleResponse><GetRoleResult><Role><Path>/</Path><RoleName>${RoleName}</RoleName><RoleId>R</RoleId><Arn>arn:aws:iam::${environment.account}:role/${RoleName}</Arn><CreateDate>2026-02-20T00:00:00Z</CreateDate></Role></GetRoleResult></GetRoleResponse>`,
          )
        : xmlError('NoSuchEntity', 404);
    },
    'ServiceQuotasV20190624.GetServiceQuota': ({ body }) => {
      const { QuotaCode } = z.object({ QuotaCode: z.string() }).parse(body);
      // Nobody ever changed the second one, so the account has no value of its own.
      return QuotaCode === 'L-3032A538'
        ? { body: { Quota: { Value: environment.fargateVcpus } } }
        : awsError('NoSuchResourceException');
    },
    'ServiceQuotasV20190624.GetAWSDefaultServiceQuota': () => ({ body: { Quota: { Value: 1_000 } } }),
    'AWSBudgetServiceGateway.DescribeBudget': ({ body }) => {
      const asked = z.object({ AccountId: z.string(), BudgetName: z.string() }).parse(body);
      const { budget } = environment;
      if (budget === undefined || asked.BudgetName !== budgetName(name)) return awsError('NotFoundException');
      const spend = (Amount: string) => ({ Amount, Unit: budget.unit });
      return {
        body: {
          Budget: {
            BudgetName: asked.BudgetName,
            TimeUnit: 'MONTHLY',
            BudgetType: 'COST',
            BudgetLimit: spend(budget.limit),
            CalculatedSpend: {
              ActualSpend: spend(budget.actual),
              ...(budget.forecast === undefined ? {} : { ForecastedSpend: spend(budget.forecast) }),
            },
          },
        },
      };
    },
    [target('AmazonEC2ContainerRegistry_V20150921', 'DescribeImages')]: ({ body }) => {
      const asked = z
        .object({
          repositoryName: z.literal(imageRepositoryName(name)),
          imageIds: z
            .array(z.object({ imageDigest: z.string().optional(), imageTag: z.string().optional() }))
            .optional(),
        })
        .parse(body);
      const { registry } = environment;
      if (registry === undefined) return awsError('RepositoryNotFoundException');
      const [wanted] = asked.imageIds ?? [];
      const known = wanted?.imageDigest ?? wanted?.imageTag;
      if (known === undefined) return { body: { imageDetails: [] } };
      if (!registry.has(known)) return awsError('ImageNotFoundException');
      return { body: { imageDetails: [{ imageDigest: wanted?.imageDigest ?? fakeDigest }] } };
    },
    [ecs('DescribeClusters')]: () => ({
      body: {
        clusters:
          environment.clusterStatus === undefined
            ? []
            : [{ clusterArn: clusterArn(), status: environment.clusterStatus }],
      },
    }),
    [ecs('DescribeTaskDefinition')]: ({ body }) => {
      const { taskDefinition: family } = z.object({ taskDefinition: z.string() }).parse(body);
      const image = environment.images.get(family);
      if (image === undefined) return awsError('ClientException');
      const role = (kind: string) => `arn:aws:iam::${environment.account}:role/${family}-${kind}`;
      return {
        body: {
          taskDefinition: {
            taskDefinitionArn: `arn:aws:ecs:${region}:${environment.account}:task-definition/${family}:3`,
            status: 'ACTIVE',
            taskRoleArn: role('task'),
            executionRoleArn: role('execution'),
            containerDefinitions: [
              { image: image.startsWith('sha256:') ? `registry/${name}@${image}` : image },
            ],
          },
        },
      };
    },
    [ecs('ListTasks')]: () => ({ body: { taskArns: environment.tasks.map(({ arn }) => arn) } }),
    [ecs('DescribeTasks')]: () => ({
      body: {
        tasks: environment.tasks.map(({ arn, group }) => ({ taskArn: arn, group, lastStatus: 'RUNNING' })),
      },
    }),
    [ecs('DescribeServices')]: () => ({
      body: { services: [{ serviceName: serviceName(name, 'gate'), desiredCount: environment.gateCount }] },
    }),
    'AmazonSSM.DescribeParameters': ({ body }) => {
      const { ParameterFilters } = z
        .object({ ParameterFilters: z.tuple([z.object({ Values: z.array(z.string()).max(50) })]) })
        .parse(body);
      return {
        body: {
          Parameters: ParameterFilters[0].Values.flatMap((Name) => {
            const found = environment.parameters.get(Name);
            if (found === undefined) return [];
            const { Value, ...described } = found;
            return [{ Name, Version: 1, ...described }];
          }),
        },
      };
    },
    'AmazonSSM.GetParameters': ({ body }) => {
      const { WithDecryption } = z.object({ WithDecryption: z.boolean() }).parse(body);
      if (WithDecryption && !environment.decrypts) return awsError('AccessDeniedException');
      return {
        body: {
          Parameters: named(body).flatMap((Name) => {
            const found = environment.parameters.get(Name);
            return found === undefined
              ? []
              : [{ Name, Version: 1, Type: found.Type, Value: WithDecryption ? found.Value : 'AQICAHh' }];
          }),
        },
      };
    },
    'Logs_20140328.DescribeLogGroups': ({ body }) => {
      const { logGroupNamePrefix: prefix } = z.object({ logGroupNamePrefix: z.string() }).parse(body);
      return {
        body: {
          logGroups: [...environment.logGroups]
            .filter(([logGroupName]) => logGroupName.startsWith(prefix))
            .map(([logGroupName, retentionInDays]) => ({ logGroupName, retentionInDays })),
        },
      };
    },
    'AWSStepFunctions.DescribeStateMachine': ({ body }) => {
      const { stateMachineArn } = z.object({ stateMachineArn: z.string() }).parse(body);
      const machine = stateMachineArn.split(':').at(-1) ?? '';
      const role = environment.machines.get(machine);
      if (role === undefined) return awsError('StateMachineDoesNotExist');
      return {
        body: {
          stateMachineArn,
          name: machine,
          status: 'ACTIVE',
          type: 'STANDARD',
          definition: '{}',
          roleArn: `arn:aws:iam::${environment.account}:role/${role}`,
          creationDate: 0,
        },
      };
    },
    'AWSStepFunctions.ListExecutions': ({ body }) => {
      const { stateMachineArn } = z.object({ stateMachineArn: z.string() }).parse(body);
      const machine = stateMachineArn.split(':').at(-1) ?? '';
      if (!environment.machines.has(machine)) return awsError('StateMachineDoesNotExist');
      const running = machine === stateMachineName(name, 'one-shot') ? environment.executions : [];
      return {
        body: {
          executions: running.map((execution) => ({
            name: execution,
            executionArn: execution,
            stateMachineArn,
            status: 'RUNNING',
            startDate: 0,
          })),
        },
      };
    },
    DescribeDBInstances: databaseXml,
    AddTagsToResource: change('AddTagsToResource', (body) => {
      if (body['Tags.Tag.1.Key'] === stoppedOnPurposeTag) environment.database?.tags.add(stoppedOnPurposeTag);
    }),
    RemoveTagsFromResource: change('RemoveTagsFromResource', (body) => {
      if (body['TagKeys.member.1'] === stoppedOnPurposeTag)
        environment.database?.tags.delete(stoppedOnPurposeTag);
    }),
    StopDBInstance: power('StopDBInstance', 'available', 'stopping', 'stopped'),
    StartDBInstance: power('StartDBInstance', 'stopped', 'starting', 'available'),
  };
}

/** Family of a task of the environment. */
/** What ECR answers who asks to log in to its registry. */
export function registryLogin(
  password: string,
  account: string = fakeAccount,
): Readonly<Record<string, FakeOperation>> {
  return {
    'AmazonEC2ContainerRegistry_V20150921.GetAuthorizationToken': () => ({
      body: {
        authorizationData: [
          {
            authorizationToken: Buffer.from(`AWS:${password}`).toString('base64'),
            proxyEndpoint: `https://${account}.dkr.ecr.eu-west-2.amazonaws.com`,
          },
        ],
      },
    }),
  };
}

export const familyOf = (settings: EnvironmentSettings, task: string) => taskFamily(settings.name, task);
