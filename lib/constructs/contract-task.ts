import { RemovalPolicy, Stack } from 'aws-cdk-lib';
import { CfnTaskDefinition } from 'aws-cdk-lib/aws-ecs';
import { Role, ServicePrincipal } from 'aws-cdk-lib/aws-iam';
import { Construct } from 'constructs';
import { executionRoleName, healthCommand, taskRoleName } from '../../config/names.ts';
import type { ServiceContract, TaskContract } from '../task-contracts/define-task.ts';
import { type EnvironmentFacts, renderTaskDefinition } from '../task-contracts/task-definition.ts';
import { executionGrants, type GrantPlaces, taskGrants } from './contract-grants.ts';
import { grantPolicies } from './grant-statements.ts';

export type ContractTaskProps = {
  readonly contract: TaskContract | ServiceContract;
  readonly facts: EnvironmentFacts;
  readonly places: GrantPlaces;
};

/**
 * A contract as an ECS task definition with its two roles, all from `renderTaskDefinition` and the
 * contract's grants; what is added here only takes away (capabilities) or asks (health). Old revisions stay, because a run names the revision it was launched with.
 */
export class ContractTask extends Construct {
  readonly contract: TaskContract | ServiceContract;
  readonly taskDefinition: CfnTaskDefinition;
  readonly taskRole: Role;
  readonly executionRole: Role;

  constructor(scope: Construct, id: string, { contract, facts, places }: ContractTaskProps) {
    super(scope, id);
    this.contract = contract;
    const trusted = this.onlyOwnTasks();
    this.taskRole = new Role(this, 'TaskRole', {
      roleName: taskRoleName(facts.environment, contract.name),
      assumedBy: trusted,
      inlinePolicies: grantPolicies(taskGrants(contract, places)),
    });
    this.executionRole = new Role(this, 'ExecutionRole', {
      roleName: executionRoleName(facts.environment, contract.name),
      assumedBy: trusted,
      inlinePolicies: grantPolicies(executionGrants(contract, places)),
    });
    const rendered = renderTaskDefinition(contract, facts);
    const [container] = rendered.containerDefinitions;
    this.taskDefinition = new CfnTaskDefinition(this, 'Definition', {
      family: rendered.family,
      cpu: rendered.cpu,
      memory: rendered.memory,
      networkMode: rendered.networkMode,
      requiresCompatibilities: [...rendered.requiresCompatibilities],
      runtimePlatform: { ...rendered.runtimePlatform },
      ephemeralStorage: { ...rendered.ephemeralStorage },
      volumes: rendered.volumes.map((volume) => ({ ...volume })),
      taskRoleArn: this.taskRole.roleArn,
      executionRoleArn: this.executionRole.roleArn,
      containerDefinitions: [
        {
          name: container.name,
          image: container.image,
          command: [...container.command],
          essential: container.essential,
          user: container.user,
          readonlyRootFilesystem: container.readonlyRootFilesystem,
          privileged: false,
          stopTimeout: container.stopTimeout,
          environment: container.environment.map((variable) => ({ ...variable })),
          secrets: container.secrets.map((secret) => ({ ...secret })),
          ...(container.portMappings === undefined
            ? {}
            : { portMappings: container.portMappings.map((mapping) => ({ ...mapping })) }),
          mountPoints: container.mountPoints.map((mount) => ({ ...mount, readOnly: false })),
          linuxParameters: {
            ...container.linuxParameters,
            // A plain user on ports above 1024 needs none of them.
            capabilities: { drop: ['ALL'] },
          },
          logConfiguration: {
            logDriver: container.logConfiguration.logDriver,
            options: { ...container.logConfiguration.options },
          },
          ...('port' in contract
            ? {
                healthCheck: {
                  command: ['CMD', ...healthCommand],
                  interval: 10,
                  timeout: 5,
                  retries: 3,
                  startPeriod: 30,
                },
              }
            : {}),
        },
      ],
    });
    // One of a deploy that was rolled back goes: a launch takes the newest that there is.
    this.taskDefinition.applyRemovalPolicy(RemovalPolicy.RETAIN_ON_UPDATE_OR_DELETE);
    this.taskDefinition.node.addDependency(this.taskRole, this.executionRole);
  }

  private onlyOwnTasks(): ServicePrincipal {
    const stack = Stack.of(this);
    return new ServicePrincipal('ecs-tasks.amazonaws.com', {
      conditions: {
        StringEquals: { 'aws:SourceAccount': stack.account },
        ArnLike: { 'aws:SourceArn': stack.formatArn({ service: 'ecs', resource: '*' }) },
      },
    });
  }
}
