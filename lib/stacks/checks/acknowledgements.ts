/**
 * Every finding of a checker that stands as it is, with the reason. `finding` and `where` are whole
 * matches: of the rule with what it found in brackets, and of the construct's path behind the environment.
 * A finding without a line here fails the synthesis; a line without a finding fails a test.
 */
export type Acknowledgement = {
  readonly finding: RegExp;
  readonly where: RegExp;
  readonly reason: string;
};

const anyRole = /(?:tasks|workflows|database|network)\/.*Role\/Resource/;
const resource = (pattern: string) => new RegExp(`^AwsSolutions-IAM5\\[Resource::${pattern}\\]$`);

export const acknowledgements: readonly Acknowledgement[] = [
  {
    finding: /^AwsSolutions-ECS2$/,
    where: /^tasks\/Task-[a-z-]+\/Definition$/,
    reason: 'Settings are public text by contract; secrets come from Parameter Store, and a law checks both.',
  },
  {
    finding: /^AwsSolutions-ECS4$/,
    where: /^tasks\/Cluster$/,
    reason: 'Development has no Container Insights, which are billed by the metric.',
  },
  {
    finding: /^AwsSolutions-IAM5\[Resource::\*\]$/,
    where: /^tasks\/Task-[a-z-]+\/ExecutionRole\/Resource$/,
    reason: 'ecr:GetAuthorizationToken knows no resource.',
  },
  {
    finding: /^AwsSolutions-IAM5\[Resource::\*\]$/,
    where: /^workflows\/Workflow-[a-z0-9-]+\/Role\/Resource$/,
    reason: 'The log delivery of Step Functions knows no resource.',
  },
  {
    finding: /^AwsSolutions-IAM5\[Resource::\*\]$/,
    where: /^workflows\/(?:Recorder|Reaper)\/(?:Recorder|Reaper)\/Role\/Resource$/,
    reason: 'ecs:ListTasks knows no resource of Fargate; the cluster is its condition.',
  },
  {
    finding: resource(
      'arn:<AWS::Partition>:ssm:[a-z0-9-]+:(?:<AWS::AccountId>|\\d{12}):parameter/fraud-platform/[a-z0-9-]+/\\*',
    ),
    where: /^database\/Secrets\/Writer\/Role\/Resource$/,
    reason: 'The writer keeps every secret of its environment, and of no other.',
  },
  {
    finding: resource('[^\\]]*EvidenceBucket[^\\]]*/evidence/[^\\]]*'),
    where: anyRole,
    reason: 'A prefix is how S3 bounds a grant; launches have folders of their own below it.',
  },
  {
    finding: resource('[^\\]]*LakeBucket[^\\]]*/lake/[^\\]]*'),
    where: /^tasks\/Task-[a-z-]+\/TaskRole\/Resource$/,
    reason: 'A prefix is how S3 bounds a grant; the contract names it.',
  },
  {
    finding: resource('arn:[^\\]]*:log-group:/fraud-platform/[a-z0-9-]+/tasks:log-stream:[a-z-]+/\\*'),
    where: /^tasks\/Task-[a-z-]+\/ExecutionRole\/Resource$/,
    reason: 'The name of a stream ends in the id of the task.',
  },
  {
    finding: resource('arn:[^\\]]*:task-definition/fraud-platform-[a-z0-9-]+:\\*'),
    where: /^workflows\/Workflow-[a-z0-9-]+\/Role\/Resource$/,
    reason: 'A launch names a revision, and an earlier one than the newest may still be running.',
  },
  {
    finding: resource('arn:[^\\]]*:ecs:[^\\]]*:task/fraud-platform-[a-z0-9-]+/\\*'),
    where: /^workflows\/.*Role\/Resource$/,
    reason: 'Tasks have ids only once they run; the cluster bounds the grant.',
  },
  {
    finding: resource('arn:[^\\]]*:states:[^\\]]*:execution:fraud-platform-[a-z0-9-]+:\\*'),
    where: /^workflows\/Recorder\/Recorder\/Role\/Resource$/,
    reason: 'Executions have names only once they run; the state machine bounds the grant.',
  },
  {
    finding: /^AwsSolutions-RDS3$/,
    where: /^database\/Database\/Instance$/,
    reason: 'Only production pays for a standby; its settings are refused without one.',
  },
  {
    finding: /^AwsSolutions-RDS10$/,
    where: /^database\/Database\/Instance$/,
    reason: 'Development is torn down at will; production is refused without protection.',
  },
  {
    finding: /^AwsSolutions-RDS11$/,
    where: /^database\/Database\/Instance$/,
    reason: 'Another port hides nothing from who is let in, and nobody else reaches the subnets.',
  },
  {
    finding: /^AwsSolutions-SF2$/,
    where: /^workflows\/Workflow-[a-z0-9-]+\/StateMachine$/,
    reason: 'The history of an execution and its records say what X-Ray would, without its price.',
  },
  {
    finding: /^AwsSolutions-SQS3$/,
    where: /^workflows\/Recorder\/Undelivered\/Resource$/,
    reason: 'This queue is the dead-letter queue; an alarm watches it.',
  },
];
