import { fail } from '../../lib/vocabulary/failure.ts';

/** Reads an identifier given on the command line. Throws `IDENTIFIER_MALFORMED` (64), naming the option. */
export function parseIdentifier<T>(
  schema: { safeParse: (text: string) => { data?: T; error?: { issues: { message: string }[] } } },
  text: string,
  where: string,
): T {
  const parsed = schema.safeParse(text);
  if (parsed.data !== undefined) return parsed.data;
  return fail({
    exit: 'usage',
    code: 'IDENTIFIER_MALFORMED',
    message: parsed.error?.issues[0]?.message ?? 'not well formed',
    where,
    value: text.slice(0, 120),
    remedy: 'Copy the identifier from the command that printed it.',
  });
}
