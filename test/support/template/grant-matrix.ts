import { type AccountPolicies, isAllowed, type Removal, without } from './account-policies.ts';
import { type Access, applies, type PolicyStatement } from './evaluate-access.ts';

/** One thing that a role is granted, and what came of taking it away. */
export type GrantFinding = {
  readonly removal: Removal;
  /** Words of the first refusal among what had been asked; `undefined`: nobody needed it. */
  readonly refusal: string | undefined;
};

const nameOf = (role: string) => role.split('/').at(-1) ?? role;
export const describeRemoval = ({ role, sid, action, resource }: Removal) =>
  [nameOf(role), sid, action ?? resource].join(' ');

/**
 * Takes away every action of every statement of the roles that asked for something, and every resource of a
 * statement that has several, one at a time, and asks everything again. Pure.
 */
export function removeEachGrant(
  policies: AccountPolicies,
  asked: readonly Access[],
): readonly GrantFinding[] {
  const roles = new Set(asked.map(({ principal }) => principal));
  return [...roles].flatMap((role) =>
    (policies.roles.get(role) ?? []).flatMap((statement) =>
      removalsOf(role, statement).map((removal) => ({
        removal,
        refusal: firstRefusal(without(policies, removal), asked),
      })),
    ),
  );
}

function removalsOf(role: string, { sid, actions, resources }: PolicyStatement): readonly Removal[] {
  return [
    ...actions.map((action) => ({ role, sid, action })),
    ...(resources.length > 1 ? resources.map((resource) => ({ role, sid, resource })) : []),
  ];
}

function firstRefusal(policies: AccountPolicies, asked: readonly Access[]): string | undefined {
  for (const access of asked) {
    const decision = isAllowed(policies, access);
    if (!decision.allowed) return decision.why;
  }
  return undefined;
}

/** Whether a refusal names what was taken away: the action, and the resource where that was it. */
export function namesRemoval(refusal: string, { role, action, resource }: Removal): boolean {
  const [, refused = '', on = ''] = /perform: (\S+) on resource: (\S+)/.exec(refusal) ?? [];
  const rightResource =
    resource === undefined || applies(resourceOnly(resource), { ...anything, resource: on });
  return (
    refusal.includes(`/${nameOf(role)}/`) && (action === undefined || action === refused) && rightResource
  );
}

const anything: Access = { principal: '', action: 'any:Action', resource: '', context: {} };
const resourceOnly = (resource: string): PolicyStatement => ({
  sid: '',
  effect: 'Allow',
  actions: ['*'],
  resources: [resource],
  principals: [],
  conditions: {},
});
