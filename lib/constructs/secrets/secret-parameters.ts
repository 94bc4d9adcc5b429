import { join } from 'node:path';
import { CustomResource, Duration, Stack } from 'aws-cdk-lib';
import { Rule, RuleTargetInput, Schedule } from 'aws-cdk-lib/aws-events';
import { LambdaFunction } from 'aws-cdk-lib/aws-events-targets';
import { Effect, PolicyStatement } from 'aws-cdk-lib/aws-iam';
import type { IKey } from 'aws-cdk-lib/aws-kms';
import { Construct } from 'constructs';
import {
  databaseName,
  type EnvironmentName,
  functionName,
  secretParameterName,
} from '../../../config/names.ts';
import { containerContracts } from '../../task-contracts/catalogue.ts';
import { handlerVariables } from '../handler-environment.ts';
import { HandlerFunction } from '../handler-function.ts';
import type { PostgresDatabase } from '../postgres-database.ts';
import type { SecretWish } from './secret-wish.ts';
import { type WantedSecret, wantedSecrets } from './wanted-secrets.ts';

export type SecretParametersProps = {
  readonly environment: EnvironmentName;
  readonly database: PostgresDatabase;
  readonly key: IKey;
  readonly rotation: number;
  readonly logRetentionDays: number;
};

/** Properties as they stand in a template: numbers may be references, which are text. */
type Templated<Wish> = Wish extends unknown
  ? { readonly [Key in keyof Wish]: Wish[Key] extends number ? number | string : Wish[Key] }
  : never;

/**
 * Every secret that a contract asks for, as an SSM SecureString drawn by a Lambda inside the account: no
 * value passes through a template, an output or a log. One custom resource a parameter, so that
 * CloudFormation itself keeps the order of create, replace, roll back and delete.
 */
export class SecretParameters extends Construct {
  readonly writer: HandlerFunction;

  constructor(scope: Construct, id: string, props: SecretParametersProps) {
    super(scope, id);
    const { environment, database, key } = props;
    const stack = Stack.of(this);
    const parameters = stack.formatArn({
      service: 'ssm',
      resource: 'parameter',
      resourceName: secretParameterName(environment, '*').slice(1),
    });
    this.writer = new HandlerFunction(this, 'Writer', {
      environment,
      purpose: 'secret-writer',
      description: 'Draws the secrets of the environment and keeps them in Parameter Store.',
      entry: join(import.meta.dirname, 'secret-writer-handler.ts'),
      variables: { [handlerVariables.secretsKey]: key.keyArn },
      timeout: Duration.minutes(5),
      logRetentionDays: props.logRetentionDays,
      statements: [
        new PolicyStatement({
          sid: 'KeepParameters',
          effect: Effect.ALLOW,
          actions: ['ssm:GetParameterHistory', 'ssm:PutParameter', 'ssm:DeleteParameter'],
          resources: [parameters],
        }),
        new PolicyStatement({
          sid: 'UseSecretsKey',
          effect: Effect.ALLOW,
          actions: ['kms:Encrypt', 'kms:Decrypt'],
          resources: [key.keyArn],
          conditions: { StringLike: { 'kms:EncryptionContext:PARAMETER_ARN': parameters } },
        }),
        new PolicyStatement({
          sid: 'ReadOwnersPassword',
          effect: Effect.ALLOW,
          actions: ['secretsmanager:GetSecretValue'],
          resources: [database.masterSecretArn],
        }),
      ],
    });
    const wishes = wantedSecrets(containerContracts).map((wanted) => ({
      wanted,
      wish: this.wishFor(wanted, props),
    }));
    for (const { wanted, wish } of wishes) {
      const resource = new CustomResource(this, wanted.path.replaceAll('/', '-'), {
        resourceType: 'Custom::Secret',
        serviceToken: this.writer.function.functionArn,
        serviceTimeout: Duration.minutes(10),
        properties: { ...wish },
      });
      // The role's policy must be there when the first request arrives.
      resource.node.addDependency(this.writer.role);
    }
    const masters = wishes.flatMap(({ wish }) => (wish.kind === 'master-dsn' ? [wish] : []));
    new Rule(this, 'Refresh', {
      ruleName: functionName(environment, 'secret-refresh'),
      description: 'RDS rotates the owner’s password by itself; its DSN follows within the hour.',
      schedule: Schedule.rate(Duration.hours(1)),
      targets: [
        new LambdaFunction(this.writer.function, {
          event: RuleTargetInput.fromObject({ refresh: masters }),
          retryAttempts: 2,
          maxEventAge: Duration.minutes(30),
        }),
      ],
    });
  }

  private wishFor(wanted: WantedSecret, props: SecretParametersProps): Templated<SecretWish> {
    const { environment, database, rotation } = props;
    const name = secretParameterName(environment, wanted.path);
    const server = { host: database.host, port: database.port, database: databaseName };
    switch (wanted.kind) {
      case 'login-dsn':
        return { kind: 'login-dsn', name, rotation, role: wanted.role, ...server };
      case 'master-dsn':
        return {
          kind: 'master-dsn',
          name,
          rotation,
          role: wanted.role,
          masterSecret: database.masterSecretArn,
          ...server,
        };
      case 'api-key':
        return {
          kind: 'api-key',
          name,
          rotation,
          minimumLength: wanted.minimumLength,
          ...(wanted.follows === undefined
            ? {}
            : { follows: secretParameterName(environment, wanted.follows) }),
        };
    }
  }
}
