import {
  CloudFormationClient,
  CreateStackCommand,
  DescribeStacksCommand,
  ListStackResourcesCommand,
} from '@aws-sdk/client-cloudformation';
import { CreateBucketCommand, PutObjectCommand, S3Client } from '@aws-sdk/client-s3';
import { PutParameterCommand, SSMClient } from '@aws-sdk/client-ssm';
import { stackName } from '../../config/names.ts';
import { memberOf, resourcesOfType, type Template, textOf } from '../../lib/stacks/checks/template.ts';
import { adaptTemplate, type CustomRequest } from './adapt-template.ts';
import { type Moto, motoAccount } from './moto.ts';

export type DeployedStack = {
  readonly status: string;
  /** Types that the emulation passed over. */
  readonly passedOver: readonly string[];
  readonly custom: readonly CustomRequest[];
};

/** Where stacks go, and what they find there as after `cdk bootstrap`. */
export type Deployment = {
  readonly deploy: (
    stack: string,
    template: Template,
    given?: {
      readonly parameters?: Readonly<Record<string, string>>;
      readonly values?: Readonly<Record<string, unknown>>;
    },
  ) => Promise<DeployedStack>;
  readonly close: () => void;
};

export async function startDeployment(
  moto: Moto,
  environment: string,
  region: string,
  templates: readonly Template[],
): Promise<Deployment> {
  const configuration = {
    region,
    endpoint: moto.url,
    // What fails there is not tried again: a second attempt would hide the first one's reason.
    maxAttempts: 1,
    credentials: { accessKeyId: 'moto', secretAccessKey: 'moto' },
  };
  const cloudFormation = new CloudFormationClient(configuration);
  const s3 = new S3Client(configuration);
  const ssm = new SSMClient(configuration);
  const assets = `cdk-hnb659fds-assets-${motoAccount}-${region}`;
  await ssm.send(
    new PutParameterCommand({ Name: '/cdk-bootstrap/hnb659fds/version', Value: '32', Type: 'String' }),
  );
  await s3.send(
    new CreateBucketCommand({
      Bucket: assets,
      CreateBucketConfiguration: { LocationConstraint: 'eu-west-2' },
    }),
  );
  for (const template of templates) {
    for (const [, { Properties }] of resourcesOfType(template, 'AWS::Lambda::Function')) {
      const Key = textOf(memberOf(Properties, 'Code', 'S3Key'));
      await s3.send(new PutObjectCommand({ Bucket: assets, Key, Body: 'moto runs no functions' }));
    }
  }
  return {
    deploy: async (stack, original, { parameters = {}, values = {} } = {}) => {
      const { template, custom } = adaptTemplate(original, region, values);
      const StackName = stackName(environment, stack);
      await cloudFormation.send(
        new CreateStackCommand({
          StackName,
          TemplateBody: JSON.stringify(template),
          Capabilities: ['CAPABILITY_NAMED_IAM'],
          Parameters: Object.entries(parameters).map(([ParameterKey, ParameterValue]) => ({
            ParameterKey,
            ParameterValue,
          })),
        }),
      );
      const { Stacks } = await cloudFormation.send(new DescribeStacksCommand({ StackName }));
      const { StackResourceSummaries } = await cloudFormation.send(
        new ListStackResourcesCommand({ StackName }),
      );
      const made = new Set(StackResourceSummaries?.map(({ LogicalResourceId }) => LogicalResourceId));
      const passedOver = Object.entries(template.Resources)
        .filter(([logicalId]) => !made.has(logicalId))
        .map(([, { Type }]) => Type);
      return {
        status: Stacks?.[0]?.StackStatus ?? 'unknown',
        passedOver: [...new Set(passedOver)].sort(),
        custom,
      };
    },
    close: () => {
      for (const client of [cloudFormation, s3, ssm]) client.destroy();
    },
  };
}
