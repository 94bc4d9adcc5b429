import { type AccountPolicies, isAllowed, isTrusted } from './account-policies.ts';
import type { Access } from './evaluate-access.ts';

/** Who decides what is allowed, and remembers what was asked. */
export type Authority = {
  /** The policies that count now. */
  policies: AccountPolicies;
  /** Every request that was asked, once each, in the order of the first time. */
  readonly asked: () => readonly Access[];
  /** Asks in order; the words of the first refusal, or `undefined` when all are allowed. */
  readonly firstDenied: (wanted: readonly Access[]) => string | undefined;
  /** Whether a service may be a role on behalf of something; the words of the refusal when not. */
  readonly untrusted: (role: string, service: string, source: string) => string | undefined;
};

export function createAuthority(policies: AccountPolicies): Authority {
  const asked = new Map<string, Access>();
  const authority: Authority = {
    policies,
    asked: () => [...asked.values()],
    firstDenied: (wanted) => {
      for (const access of wanted) {
        asked.set(JSON.stringify(access), access);
        const decision = isAllowed(authority.policies, access);
        if (!decision.allowed) return decision.why;
      }
      return undefined;
    },
    untrusted: (role, service, source) => {
      const decision = isTrusted(authority.policies, role, service, source);
      return decision.allowed ? undefined : decision.why;
    },
  };
  return authority;
}
