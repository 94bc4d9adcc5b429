import type { z } from 'zod';

const second = 1_000;

/** No task may ask for a longer life, in milliseconds; the state machines' own timeouts are laid out beyond it. */
export const longestDeadline = 6 * 3_600 * second;

/** CPU units and MiB that Fargate offers together; another pair does not compile. */
export type FargateSize =
  | { readonly cpu: 256; readonly memoryMiB: 512 | 1024 | 2048 }
  | { readonly cpu: 512; readonly memoryMiB: 1024 | 2048 | 3072 | 4096 }
  | { readonly cpu: 1024; readonly memoryMiB: 2048 | 3072 | 4096 | 5120 | 6144 | 7168 | 8192 }
  | { readonly cpu: 2048; readonly memoryMiB: 4096 | 8192 | 16384 };

/** A setting is plain, public text in the task definition. Secrets are never settings. */
export type SettingRequirement = {
  readonly purpose: string;
  /** `service-url`: absolute, with a host, without credentials; https, or http to the gate's internal host. */
  readonly kind: 'text' | 'service-url';
  readonly schema: z.ZodType<string>;
};

/** A secret arrives through `secrets` of the task definition, from an SSM SecureString. */
export type SecretRequirement =
  | {
      /** A DSN that must connect as the given login role. */
      readonly kind: 'database-dsn';
      readonly purpose: string;
      /** Logical path; the parameter's name is `secretParameterName(environment, path)`. */
      readonly path: string;
      readonly role: string;
    }
  | {
      /** A DSN carried for its password only (`migrate` sets role passwords from these); not connected to. */
      readonly kind: 'role-dsn';
      readonly purpose: string;
      readonly path: string;
      readonly role: string;
    }
  | {
      readonly kind: 'api-key';
      readonly purpose: string;
      readonly path: string;
      readonly minimumLength: number;
    };

/**
 * Which secret is the task's connection, and which schema it needs: `current` refuses an older or a
 * newer database; `any` is for `migrate` alone, which makes the schema what it should be.
 */
export type DatabaseRequirement = { readonly secret: string; readonly schema: 'current' | 'any' };

/**
 * What a task's own code may ask of S3. `ListBucket` is asked by S3 itself for a key that is not there: without
 * it, absent would look like forbidden.
 */
export type StorageAction = 's3:GetObject' | 's3:ListBucket' | 's3:PutObject';

/** Keys of the evidence store and the lake beyond the launch's own folder, as prefixes ending in a slash. */
export type StoragePrefixes = { readonly reads: readonly string[]; readonly writes: readonly string[] };

/** What a container needs, whatever starts it and however long it lives. */
export type ContainerRequirements = {
  readonly name: string;
  readonly purpose: string;
  readonly settings: Readonly<Record<string, SettingRequirement>>;
  readonly secrets: Readonly<Record<string, SecretRequirement>>;
  readonly database?: DatabaseRequirement;
  readonly size: FargateSize & { readonly ephemeralDiskGiB: number };
  /** Milliseconds that the container may take to flush and end after SIGTERM or its deadline. */
  readonly stopGrace: number;
};

/** A one-shot task: launched with parameters and a deadline, ends with a result. */
export type TaskContract<Parameters extends z.ZodType = z.ZodType> = ContainerRequirements & {
  readonly parameters: Parameters;
  readonly evidence: StoragePrefixes;
  readonly lake: StoragePrefixes;
  /**
   * What the task's code asks of AWS, sorted, on its launch's folder and the prefixes above: granted is this and no
   * more, and a test runs every task and holds the list to its requests.
   */
  readonly actions: readonly StorageAction[];
  /** Milliseconds from launch to the instant after which the task ends itself. */
  readonly deadline: { readonly default: number; readonly maximum: number };
};

/** A service: wanted or not wanted, restarted while it is wanted, answers on a port. */
export type ServiceContract = ContainerRequirements & {
  /** TCP port inside the container. */
  readonly port: number;
};

/** Parameters of a contract, as the task receives them. */
export type ParametersOf<Contract extends TaskContract> = z.infer<Contract['parameters']>;

const environmentVariable = /^[A-Z][A-Z0-9_]*$/;
const logicalPath = /^[a-z0-9][a-z0-9-]*(?:\/[a-z0-9][a-z0-9-]*)*$/;

/**
 * Declares a task once; the ECS task definition, its IAM policies, the local launch environment, the
 * bootstrap checks, `docs/contracts.md` and the refusal tests all come from the declaration.
 *
 * Throws a plain `Error` on a contract that no platform could honour: it is a programming mistake,
 * found when the module loads, never by a user.
 */
export function defineTask<const Parameters extends z.ZodType>(
  contract: TaskContract<Parameters>,
): TaskContract<Parameters> {
  const wrong = (what: string) => refuseContract(contract, what);
  checkRequirements(contract);
  const { deadline, actions } = contract;
  for (const action of ['s3:GetObject', 's3:PutObject'] as const) {
    if (!actions.includes(action)) wrong(`without ${action} it could not publish a result`);
  }
  if (deadline.default > deadline.maximum) wrong('the default deadline is above the maximum');
  if (deadline.maximum > longestDeadline) wrong('the maximum deadline is above 6 h');
  for (const prefix of [contract.evidence, contract.lake].flatMap(({ reads, writes }) => [
    ...reads,
    ...writes,
  ])) {
    if (!prefix.endsWith('/') || prefix.startsWith('/')) wrong(`${prefix} is not a prefix like lake/world/`);
  }
  return contract;
}

/**
 * Declares a service once, as `defineTask` does a task. Don't make a service of what can end by itself:
 * nothing bounds a service but the one who scales it down.
 */
export function defineService(contract: ServiceContract): ServiceContract {
  checkRequirements(contract);
  if (!Number.isInteger(contract.port) || contract.port < 1_024 || contract.port > 65_535) {
    refuseContract(contract, 'the port is outside 1024 … 65535, which a plain user may open');
  }
  return contract;
}

function refuseContract({ name }: ContainerRequirements, what: string): never {
  throw new Error(`task contract ${name}: ${what}`);
}

function checkRequirements(contract: ContainerRequirements): void {
  const wrong = (what: string) => refuseContract(contract, what);
  if (!/^[a-z][a-z0-9]*(?:-[a-z0-9]+)*$/.test(contract.name))
    wrong('the name is not lower-case words joined by -');
  const { stopGrace, size } = contract;
  // Fargate kills 120 s after SIGTERM; the rest is for the result and the log driver.
  if (stopGrace < second || stopGrace > 110 * second) wrong('stopGrace is outside 1 … 110 s');
  if (size.ephemeralDiskGiB < 21 || size.ephemeralDiskGiB > 200)
    wrong('ephemeral disk is outside 21 … 200 GiB');
  for (const name of [...Object.keys(contract.settings), ...Object.keys(contract.secrets)]) {
    if (!environmentVariable.test(name)) wrong(`${name} is not an environment variable name`);
  }
  for (const [name, secret] of Object.entries(contract.secrets)) {
    if (!logicalPath.test(secret.path)) wrong(`the path of ${name} is malformed`);
  }
  if (contract.database !== undefined) {
    const kind = contract.secrets[contract.database.secret]?.kind;
    if (kind !== 'database-dsn')
      wrong(`database names ${contract.database.secret}, which is not a database-dsn secret`);
  }
}
