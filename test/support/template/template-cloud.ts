import { spawn } from 'node:child_process';
import { chmod, mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { databaseAuthoritiesFile, functionName, taskFamily } from '../../../config/names.ts';
import { openStore } from '../../../lib/evidence/stores/open-store.ts';
import { composeCloud } from '../../../lib/local-cloud/compose-cloud.ts';
import { homeAt, prepareHome } from '../../../lib/local-cloud/home.ts';
import { createParameterSource, type ParameterSource } from '../../../lib/local-cloud/parameter-source.ts';
import { ensurePostgres } from '../../../lib/local-cloud/postgres/postgres-server.ts';
import { openSecretFiles } from '../../../lib/local-cloud/secret-files.ts';
import { startAgentProcess } from '../../../lib/local-cloud/task-runner/start-agent.ts';
import { containerContracts } from '../../../lib/task-contracts/catalogue.ts';
import { type FakeS3, startFakeS3 } from '../../fakes/s3/fake-s3.ts';
import type { S3Request } from '../../fakes/s3/request.ts';
import { callerIdentity } from '../aws-environment.ts';
import { startFakeAws } from '../fake-aws.ts';
import { type Finished, finished } from '../local-environment.ts';
import { s3Variables } from '../s3-environment.ts';
import { storageAccess } from './access-of.ts';
import type { Authority } from './authority.ts';
import { type DeployedEnvironment, templateEnvironment } from './deployed-environment.ts';
import { enforceIn } from './enforce.ts';
import type { DeployedDefinition } from './task-definitions.ts';

const program = fileURLToPath(new URL('../../../bin/fraudctl.mjs', import.meta.url));
const taskProgram = fileURLToPath(new URL('../../../tasks/main.mjs', import.meta.url));
const secretKey = 'a-secret-of-the-stand-in';
const operatorKeyId = 'AKIDOPERATOR';
const recorderKeyId = 'AKIDRECORDER';

/** An environment that runs on loopback from what its templates say. */
export type TemplateCloud = {
  readonly s3: FakeS3;
  readonly fraudctl: (...parameters: string[]) => Promise<Finished>;
  /** Names of the parameters that exist; a name that is taken out is a secret that nobody made. */
  readonly parameters: Set<string>;
  readonly close: () => Promise<void>;
};

/**
 * Starts the local cloud from the templates alone: commands, environment, secrets, definitions and roles are
 * theirs; `authority` decides every call by their policies. What stays local is what a container finds in its
 * image and on its host: the program itself, the file of the database's authorities, the scratch folder, and the
 * addresses and credentials that AWS's own agents would give.
 */
export async function startTemplateCloud(
  deployed: DeployedEnvironment,
  authority: Authority,
): Promise<TemplateCloud> {
  const { account, region } = deployed.places;
  const folder = await mkdtemp(join(tmpdir(), 'template-cloud-'));
  // Run as root, PostgreSQL is another user and must be able to pass through.
  await chmod(folder, 0o711);
  const home = homeAt(folder);
  await prepareHome(home);
  const secrets = openSecretFiles(home.secrets);
  const postgres = await ensurePostgres({ folder: home.postgres, secrets, fsync: false });
  const existing = new Set(deployed.parameters);

  const roles = new Map([
    [recorderKeyId, `arn:aws:iam::${account}:role/${functionName(templateEnvironment, 'recorder')}`],
  ]);
  for (const { family, taskRoleArn } of deployed.definitions.values())
    roles.set(keyIdOf(family), taskRoleArn);
  const s3 = await startFakeS3({
    region,
    buckets: [deployed.evidenceBucket, deployed.lakeBucket].map((name) => ({
      name,
      policy: (request) => judgeStorage(request, roles, deployed, authority),
    })),
    // Who may not list is not told that a key is absent.
    permits: ({ accessKeyId, operation, bucket, key }) => {
      const role = roles.get(accessKeyId);
      if (role === undefined || operation !== 'ListBucket') return true;
      return (
        authority.firstDenied(storageAccess(role, { operation, bucket, key }, {}, deployed.places)) ?? true
      );
    },
    accessKeys: Object.fromEntries([...roles.keys(), operatorKeyId].map((id) => [id, secretKey])),
  });
  const sts = await startFakeAws({ GetCallerIdentity: () => callerIdentity(account) });
  // The recorder writes from this process.
  Object.assign(process.env, s3Variables(s3, recorderKeyId, secretKey));
  const { interference, knowing } = enforceIn(deployed, authority);
  const cloud = knowing(
    await composeCloud({
      home,
      identity: { environment: templateEnvironment, region, account },
      evidence: openStore(`s3://${deployed.evidenceBucket}/`),
      accessKey: operatorKeyId,
      parameters: onlyExisting(
        createParameterSource(
          templateEnvironment,
          region,
          account,
          containerContracts,
          secrets,
          async () => postgres,
        ),
        existing,
      ),
      renderDefinitions: () =>
        [...deployed.definitions.values()].map((definition) =>
          onThisHost(
            definition,
            postgres.authoritiesFile,
            s3Variables(s3, keyIdOf(definition.family), secretKey),
          ),
        ),
      machines: Object.fromEntries(
        [...deployed.machines].map(([name, { definition }]) => [name, definition]),
      ),
      entryPoint: [process.execPath, taskProgram],
      startAgent: startAgentProcess,
      interference,
      complain: (line) => void process.stderr.write(`${line}\n`),
    }),
  );
  const wire = `http://127.0.0.1:${cloud.port}`;
  const operatorHome = join(folder, 'operator');
  return {
    s3,
    parameters: existing,
    fraudctl: (...parameters) =>
      finished(
        spawn(process.execPath, [program, '--env', templateEnvironment, ...parameters], {
          env: {
            ...process.env,
            ...s3Variables(s3, operatorKeyId, secretKey),
            AWS_ENDPOINT_URL_STS: sts.url,
            AWS_ENDPOINT_URL_SFN: wire,
            AWS_ENDPOINT_URL_ECS: wire,
            AWS_ENDPOINT_URL_CLOUDWATCH_LOGS: wire,
            AWS_ENDPOINT_URL_SSM: wire,
            FRAUD_PLATFORM_HOME: operatorHome,
            NO_COLOR: '1',
          },
          stdio: ['ignore', 'pipe', 'pipe'],
        }),
      ),
    close: async () => {
      await cloud.recorder.idle();
      cloud.close();
      await postgres.stop();
      await sts.close();
      await s3.close();
      await rm(folder, { recursive: true, force: true });
    },
  };
}

const keyIdOf = (family: string) => `AKID${family.replaceAll(/[^a-z0-9]/g, '').toUpperCase()}`;
export const familyOf = (task: string) => taskFamily(templateEnvironment, task);

/** A definition as this machine can start it. */
function onThisHost(
  definition: DeployedDefinition,
  authorities: string,
  credentials: Readonly<Record<string, string>>,
): DeployedDefinition {
  const [container] = definition.containerDefinitions;
  const environment = container.environment.map(({ name, value }) => ({
    name,
    value: value === databaseAuthoritiesFile ? authorities : value,
  }));
  const added = Object.entries(credentials).map(([name, value]) => ({ name, value }));
  return {
    ...definition,
    containerDefinitions: [{ ...container, environment: [...environment, ...added] }],
  };
}

function onlyExisting(source: ParameterSource, existing: ReadonlySet<string>): ParameterSource {
  const nameOf = (nameOrArn: string) => nameOrArn.replace(/^arn:aws:ssm:[^:]+:\d+:parameter/, '');
  return {
    ...source,
    names: () => source.names().filter((name) => existing.has(name)),
    read: async (nameOrArn) => (existing.has(nameOf(nameOrArn)) ? await source.read(nameOrArn) : undefined),
  };
}

/** What the policies of a bucket, its key and the role of who asks say of a request. The operator has no role here. */
function judgeStorage(
  request: S3Request,
  roles: ReadonlyMap<string, string>,
  { places }: DeployedEnvironment,
  authority: Authority,
): 'allow' | { readonly denied: string } {
  const keyId = /Credential=([^/]+)/.exec(request.headers.authorization ?? '')?.[1] ?? '';
  const role = roles.get(keyId);
  if (role === undefined) return 'allow';
  const key = request.operation === 'ListObjectsV2' ? (request.query.get('prefix') ?? '') : request.key;
  const { bucket, operation, headers } = request;
  if (operation === 'HeadBucket' || operation === 'Unknown')
    return { denied: `nobody asks for ${operation}` };
  const denied = authority.firstDenied(storageAccess(role, { operation, bucket, key }, headers, places));
  return denied === undefined ? 'allow' : { denied };
}
