import type { z } from 'zod';
import { CloudError } from '../cloud-error.ts';

/** One API operation: a JSON body in, a JSON body out. Throws `CloudError`. */
export type Operation = (body: unknown) => Promise<Record<string, unknown>>;

/** Operations by the value of `X-Amz-Target`. */
export type Operations = Readonly<Record<string, Operation>>;

/** An operation whose body is parsed first; what does not parse is a ValidationException. */
export function operation<Body>(
  schema: z.ZodType<Body>,
  run: (body: Body) => Promise<Record<string, unknown>> | Record<string, unknown>,
): Operation {
  return async (body) => {
    const parsed = schema.safeParse(body ?? {});
    if (parsed.success) return await run(parsed.data);
    const [issue] = parsed.error.issues;
    throw new CloudError('ValidationException', `${issue?.path.join('.')}: ${issue?.message}`);
  };
}

/** One page of a list: the items from an opaque token on, and the token of the next page. */
export function pageOf<Item>(
  items: readonly Item[],
  token: string | undefined,
  size: number,
): { readonly items: readonly Item[]; readonly nextToken: string | undefined } {
  const start = token === undefined ? 0 : Number(token);
  if (!Number.isInteger(start) || start < 0)
    throw new CloudError('InvalidToken', `Invalid Token: '${token}'`);
  const end = start + size;
  return { items: items.slice(start, end), nextToken: end < items.length ? String(end) : undefined };
}
