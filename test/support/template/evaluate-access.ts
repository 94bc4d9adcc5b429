/**
 * IAM's decision, as far as the policies of our templates use its language: a deny anywhere wins, then an
 * allow of the role or of the resource, and for keys both. Pure. Throws a plain `Error` on an operator that
 * nobody has thought about.
 */

export type PolicyStatement = {
  readonly sid: string;
  readonly effect: 'Allow' | 'Deny';
  readonly actions: readonly string[];
  readonly resources: readonly string[];
  /** Of a statement that stands at a resource or a role; empty elsewhere. */
  readonly principals: readonly string[];
  /** Operator, then key, to values. */
  readonly conditions: Readonly<Record<string, Readonly<Record<string, readonly string[]>>>>;
};

export type Access = {
  /** ARN of the role. */
  readonly principal: string;
  readonly action: string;
  readonly resource: string;
  /** Condition keys of the request; a key that is not here is absent. */
  readonly context: Readonly<Record<string, string>>;
};

/** `why` is worded as AWS words it: who, which action, which resource. */
export type Decision = { readonly allowed: true } | { readonly allowed: false; readonly why: string };

/** `held`: the policy of the resource, when it has one. */
export function decide(
  access: Access,
  granted: readonly PolicyStatement[],
  held: readonly PolicyStatement[] | undefined,
): Decision {
  const atResource = (held ?? []).filter(({ principals }) => namesPrincipal(principals, access));
  const denies = (statements: readonly PolicyStatement[]) =>
    statements.some((statement) => statement.effect === 'Deny' && applies(statement, access));
  const allows = (statements: readonly PolicyStatement[]) =>
    statements.some((statement) => statement.effect === 'Allow' && applies(statement, access));
  if (denies(granted)) return refuse(access, 'with an explicit deny in an identity-based policy');
  if (denies(atResource)) return refuse(access, 'with an explicit deny in a resource-based policy');
  // A key knows nobody by itself: its policy must let the account decide.
  const isKey = access.action.startsWith('kms:');
  const allowed = isKey ? allows(granted) && allows(atResource) : allows(granted) || allows(atResource);
  return allowed
    ? { allowed: true }
    : refuse(access, `because no identity-based policy allows the ${access.action} action`);
}

function refuse({ principal, action, resource }: Access, because: string): Decision {
  const who = principal.replace(':iam:', ':sts:').replace(':role/', ':assumed-role/');
  return {
    allowed: false,
    why: `User: ${who}/session is not authorized to perform: ${action} on resource: ${resource} ${because}`,
  };
}

function namesPrincipal(principals: readonly string[], { principal }: Access): boolean {
  const root = principal.replace(/:role\/.*$/, ':root');
  return principals.some((one) => one === '*' || one === principal || one === root);
}

/** Whether a statement is about a request. */
export function applies({ actions, resources, conditions }: PolicyStatement, access: Access): boolean {
  const { action, resource } = access;
  return (
    // Actions are compared without regard to case, resources with it.
    actions.some((pattern) => like(pattern.toLowerCase(), action.toLowerCase())) &&
    resources.some((pattern) => like(pattern, resource)) &&
    Object.entries(conditions).every(([operator, keys]) =>
      Object.entries(keys).every(([key, wanted]) => holds(operator, wanted, conditionValue(access, key))),
    )
  );
}

function conditionValue({ principal, context }: Access, key: string): string | undefined {
  return key === 'aws:PrincipalArn' ? principal : context[key];
}

function holds(operator: string, wanted: readonly string[], value: string | undefined): boolean {
  const is = (test: (one: string, given: string) => boolean) =>
    value !== undefined && wanted.some((one) => test(one, value));
  switch (operator) {
    case 'StringEquals':
    case 'Bool':
      return is((one, given) => one === given);
    case 'StringLike':
    case 'ArnEquals':
    case 'ArnLike':
      return is(like);
    case 'ArnNotEquals':
      return !is(like);
    case 'NumericLessThan':
      return is((one, given) => Number(given) < Number(one));
    case 'Null':
      return wanted.includes(String(value === undefined));
    default:
      throw new Error(`our policies have never used ${operator}`);
  }
}

/** `*` stands for any text, `?` for one character. */
function like(pattern: string, text: string): boolean {
  const source = pattern
    .replaceAll(/[.+^${}()|[\]\\]/g, String.raw`\$&`)
    .replaceAll('*', '.*')
    .replaceAll('?', '.');
  return new RegExp(`^${source}$`, 's').test(text);
}
