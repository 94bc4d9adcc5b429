import { writeFileSync } from 'node:fs';
import { join, relative } from 'node:path';
import { AssetHashType, DockerImage, type Duration, RemovalPolicy } from 'aws-cdk-lib';
import { Effect, PolicyDocument, PolicyStatement, Role, ServicePrincipal } from 'aws-cdk-lib/aws-iam';
import {
  ApplicationLogLevel,
  Architecture,
  Code,
  Function as LambdaFunction,
  LoggingFormat,
  Runtime,
} from 'aws-cdk-lib/aws-lambda';
import { LogGroup } from 'aws-cdk-lib/aws-logs';
import { Construct } from 'constructs';
import { type EnvironmentName, functionLogGroup, functionName } from '../../config/names.ts';
import { bundleHandler } from './bundle-handler.ts';

export type HandlerFunctionProps = {
  readonly environment: EnvironmentName;
  /** Short name, such as `reaper`; function and role are called after it. */
  readonly purpose: string;
  readonly description: string;
  /** Absolute path of the handler's file. */
  readonly entry: string;
  readonly variables: Readonly<Record<string, string>>;
  /** Exactly what the handler's calls need, beside its own log. */
  readonly statements: readonly PolicyStatement[];
  readonly timeout: Duration;
  readonly logRetentionDays: number;
};

/**
 * A Lambda function of the platform, outside the VPC, with a role of its own, a log that ends, and a
 * bundle made by esbuild. Not for work on data: that is a task, with a contract and a deadline.
 */
export class HandlerFunction extends Construct {
  readonly function: LambdaFunction;
  readonly role: Role;

  constructor(scope: Construct, id: string, props: HandlerFunctionProps) {
    super(scope, id);
    const { environment, purpose } = props;
    const logGroup = new LogGroup(this, 'Log', {
      logGroupName: functionLogGroup(environment, purpose),
      retention: props.logRetentionDays,
      removalPolicy: RemovalPolicy.DESTROY,
    });
    this.role = new Role(this, 'Role', {
      roleName: functionName(environment, purpose),
      assumedBy: new ServicePrincipal('lambda.amazonaws.com'),
      inlinePolicies: {
        calls: new PolicyDocument({
          statements: [
            new PolicyStatement({
              effect: Effect.ALLOW,
              actions: ['logs:CreateLogStream', 'logs:PutLogEvents'],
              resources: [logGroup.logGroupArn],
            }),
            ...props.statements,
          ],
        }),
      },
    });
    const handler = bundleHandler(relative(join(import.meta.dirname, '..', '..'), props.entry));
    this.function = new LambdaFunction(this, 'Function', {
      functionName: functionName(environment, purpose),
      description: props.description,
      runtime: Runtime.NODEJS_24_X,
      architecture: Architecture.ARM_64,
      handler: 'index.handler',
      code: Code.fromAsset(import.meta.dirname, {
        assetHash: handler.sha256,
        assetHashType: AssetHashType.CUSTOM,
        bundling: {
          // Never started: the local bundler always answers.
          image: DockerImage.fromRegistry('none'),
          local: {
            tryBundle: (folder) => {
              writeFileSync(join(folder, 'index.js'), handler.source);
              return true;
            },
          },
        },
      }),
      role: this.role,
      memorySize: 256,
      timeout: props.timeout,
      environment: { ...props.variables },
      logGroup,
      loggingFormat: LoggingFormat.JSON,
      applicationLogLevelV2: ApplicationLogLevel.INFO,
    });
  }
}
