import { z } from 'zod';
import type { JsonValue } from '../../vocabulary/json.ts';
import { CloudError } from '../cloud-error.ts';
import { updateService } from '../operations/ecs.ts';
import { pascalCase } from '../task-runner/ecs-task.ts';
import type { ServiceRegistry } from '../task-runner/service-registry.ts';
import type { TaskRegistry } from '../task-runner/task-registry.ts';
import type { TaskHandler } from './execution.ts';
import { StatesError } from './states-error.ts';

const parametersSchema = z.object({
  Cluster: z.string(),
  Service: z.string(),
  DesiredCount: z.int().min(0),
});

/** `aws-sdk:ecs:updateService`: an error of the API is `Ecs.<Exception>`, as Step Functions names it. */
export function updateServiceHandler(
  tasks: TaskRegistry,
  services: ServiceRegistry,
  clusterArn: string,
): TaskHandler {
  return async (received) => {
    const { Service, DesiredCount } = parametersSchema.parse(received);
    try {
      const service = await updateService(tasks, services, clusterArn, Service, DesiredCount);
      return { Service: pascalCase(service) as JsonValue };
    } catch (error) {
      if (error instanceof CloudError) throw new StatesError(`Ecs.${error.name}`, error.message);
      throw error;
    }
  };
}
