import { Stage, Tags } from 'aws-cdk-lib';
import type { Construct } from 'constructs';
import { product, stackName } from '../../config/names.ts';
import { DatabaseStack } from './database-stack.ts';
import type { EnvironmentSettings } from './environment/environment-settings.ts';
import { FoundationStack } from './foundation-stack.ts';
import { NetworkStack } from './network-stack.ts';
import { ObservabilityStack } from './observability-stack.ts';
import { TasksStack } from './tasks-stack.ts';
import { WorkflowsStack } from './workflows-stack.ts';

/** One environment: its six stacks, in the order in which they are deployed. */
export class EnvironmentStage extends Stage {
  readonly settings: EnvironmentSettings;

  constructor(scope: Construct, settings: EnvironmentSettings) {
    super(scope, settings.name, {
      env: { region: settings.region, ...(settings.account === null ? {} : { account: settings.account }) },
    });
    this.settings = settings;
    const tags = { project: product, env: settings.name };
    const common = (stack: string) => ({ settings, stackName: stackName(settings.name, stack), tags });
    const foundation = new FoundationStack(this, 'foundation', common('foundation'));
    const network = new NetworkStack(this, 'network', common('network'));
    const database = new DatabaseStack(this, 'database', { ...common('database'), foundation, network });
    const tasks = new TasksStack(this, 'tasks', { ...common('tasks'), foundation, network, database });
    const workflows = new WorkflowsStack(this, 'workflows', {
      ...common('workflows'),
      foundation,
      network,
      database,
      tasks,
    });
    new ObservabilityStack(this, 'observability', {
      ...common('observability'),
      foundation,
      database,
      tasks,
      workflows,
    });
    // Resources carry them in the template; the tags of a stack are its own.
    for (const [key, value] of Object.entries(tags)) Tags.of(this).add(key, value);
  }
}
