import { parseArgs } from 'node:util';

/** Stacks in the order in which they are deployed; torn down from the end, and the first one stays. */
export const stacksInOrder = [
  'foundation',
  'network',
  'database',
  'tasks',
  'workflows',
  'observability',
] as const;

export type DeployPlan =
  | { readonly kind: 'usage'; readonly message: string }
  | {
      readonly kind: 'deploy';
      readonly environment: string;
      /** Arguments of `fraudctl` that must end well first. */
      readonly doctor: readonly string[];
      /** Arguments of `cdk`, one list a call. */
      readonly cdk: readonly (readonly string[])[];
    };

const quiet = ['--no-lookups', '--no-notices'];

/**
 * What `npm run deploy` does for its arguments. A deploy is asked of the doctor first. A foundation alone
 * is asked what a teardown is, whose account it is and whether anything runs: the image, which the doctor looks
 * for otherwise, cannot be pushed before it. `--destroy` takes the stacks down from
 * the end and leaves the foundation, with evidence and keys. Pure.
 */
export function planDeploy(words: readonly string[]): DeployPlan {
  const parsed = parse(words);
  if (typeof parsed === 'string') return { kind: 'usage', message: parsed };
  const { env: environment, stack, destroy, yes } = parsed;
  if (environment === undefined) return { kind: 'usage', message: 'no environment is named: --env <name>' };
  const unknown = (stack ?? []).find((name) => !stacksInOrder.some((known) => known === name));
  if (unknown !== undefined) {
    return { kind: 'usage', message: `there is no stack ${unknown}, only ${stacksInOrder.join(', ')}` };
  }
  if (destroy) {
    if (stack !== undefined)
      return { kind: 'usage', message: '--destroy takes no --stack: an environment goes as a whole' };
    const stacks = stacksInOrder.filter((name) => name !== 'foundation').reverse();
    return {
      kind: 'deploy',
      environment,
      doctor: ['doctor', '--env', environment, '--teardown'],
      cdk: [
        ['destroy', ...stacks.map((name) => `${environment}/${name}`), ...(yes ? ['--force'] : []), ...quiet],
      ],
    };
  }
  const foundationOnly = stack?.every((name) => name === 'foundation') === true;
  return {
    kind: 'deploy',
    environment,
    doctor: ['doctor', '--env', environment, foundationOnly ? '--teardown' : '--deploy'],
    cdk: [
      [
        'deploy',
        ...(stack === undefined ? [`${environment}/**`] : stack.map((name) => `${environment}/${name}`)),
        '--require-approval',
        yes ? 'never' : 'broadening',
        ...quiet,
      ],
    ],
  };
}

function parse(words: readonly string[]) {
  try {
    return parseArgs({
      args: [...words],
      options: {
        env: { type: 'string' },
        stack: { type: 'string', multiple: true },
        destroy: { type: 'boolean', default: false },
        yes: { type: 'boolean', default: false },
      },
    }).values;
  } catch (error) {
    return error instanceof Error ? error.message : String(error);
  }
}
