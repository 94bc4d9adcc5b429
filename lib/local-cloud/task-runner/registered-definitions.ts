import type { TaskDefinition } from '../../task-contracts/task-definition.ts';

export type RegisteredDefinition = { readonly arn: string; readonly definition: TaskDefinition };

/** Task definitions of this cloud. There is one revision of each: the one this version renders. */
export class RegisteredDefinitions {
  readonly #byFamily = new Map<string, RegisteredDefinition>();

  constructor(region: string, account: string, definitions: readonly TaskDefinition[]) {
    for (const definition of definitions) {
      const arn = `arn:aws:ecs:${region}:${account}:task-definition/${definition.family}:1`;
      this.#byFamily.set(definition.family, { arn, definition });
    }
  }

  /** By ARN, `family:revision` or `family`. */
  find(name: string): RegisteredDefinition | undefined {
    const short = name.split('/').at(-1) ?? name;
    const [family = '', revision = '1'] = short.split(':');
    return revision === '1' ? this.#byFamily.get(family) : undefined;
  }
}
