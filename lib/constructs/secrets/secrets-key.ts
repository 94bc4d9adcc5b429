import { RemovalPolicy, Stack } from 'aws-cdk-lib';
import { AnyPrincipal, Effect, PolicyStatement } from 'aws-cdk-lib/aws-iam';
import { Key } from 'aws-cdk-lib/aws-kms';
import { Construct } from 'constructs';
import { type EnvironmentName, executionRoleName, functionName } from '../../../config/names.ts';
import type { ContainerRequirements } from '../../task-contracts/define-task.ts';

export type SecretsKeyProps = {
  readonly environment: EnvironmentName;
  /** Who may start: each execution role reads its own secrets. */
  readonly contracts: readonly ContainerRequirements[];
};

/**
 * The key of the environment's secrets. Its policy denies decryption to everybody but the roles that
 * start a contract with secrets, and the writer: an administrator of the account who may read every
 * parameter reads none of these. Roles are named, not referenced, because they come later than the key.
 */
export class SecretsKey extends Construct {
  readonly key: Key;

  constructor(scope: Construct, id: string, { environment, contracts }: SecretsKeyProps) {
    super(scope, id);
    const { partition, account } = Stack.of(this);
    const readers = [
      functionName(environment, 'secret-writer'),
      ...contracts
        .filter(({ secrets }) => Object.keys(secrets).length > 0)
        .map(({ name }) => executionRoleName(environment, name)),
    ].map((role) => `arn:${partition}:iam::${account}:role/${role}`);
    this.key = new Key(this, 'Key', {
      description: `Secrets of ${environment}`,
      enableKeyRotation: true,
      removalPolicy: RemovalPolicy.RETAIN_ON_UPDATE_OR_DELETE,
    });
    this.key.addToResourcePolicy(
      new PolicyStatement({
        sid: 'OnlyWhoStartsOrWrites',
        effect: Effect.DENY,
        principals: [new AnyPrincipal()],
        actions: ['kms:Decrypt', 'kms:ReEncryptFrom', 'kms:CreateGrant'],
        resources: ['*'],
        conditions: { ArnNotEquals: { 'aws:PrincipalArn': readers } },
      }),
    );
  }
}
