/** A place in an artefact that looks like a credential. Says where and of what kind, never what it holds. */
export type CredentialFinding = { readonly line: number; readonly kind: string };

/**
 * Shapes of credentials, not words about them: `secret` in a sentence, `AKIA` in a policy's text and
 * SSM paths are no findings.
 */
const shapes: readonly { readonly kind: string; readonly pattern: RegExp }[] = [
  { kind: 'AWS access key id', pattern: /(?<![A-Z0-9])(?:AKIA|ASIA)[A-Z2-7]{16}(?![A-Z0-9])/ },
  {
    kind: 'AWS secret access key',
    pattern: /aws_?secret_?access_?key["']?\s*[:=]\s*["']?[A-Za-z0-9/+]{40}(?![A-Za-z0-9/+])/i,
  },
  { kind: 'private key', pattern: /-----BEGIN (?:[A-Z]+ )*PRIVATE KEY-----/ },
  {
    kind: 'password in a URL',
    // Every repetition is bounded: an artefact of a hundred thousand letters must not take a minute.
    pattern: /(?<![a-z0-9+.-])[a-z][a-z0-9+.-]{0,30}:\/\/[^\s/:@"'\\]{0,256}:[^\s/@"'\\]{1,256}@[^\s"'\\]/i,
  },
  { kind: 'JSON Web Token', pattern: /(?<![\w-])eyJ[\w-]{10,}\.eyJ[\w-]{10,}\.[\w-]{10,}/ },
  { kind: 'bearer token', pattern: /authorization["']?\s*[:=]\s*["']?bearer\s+[\w.~+/-]{16,}/i },
  {
    kind: 'password assignment',
    pattern:
      /(?<![\w-])(?:password|passwd|pwd|api[_-]?key|secret[_-]?key)["']?\s*[:=]\s*["'](?!["'])[^"'\s]{8,}["']/i,
  },
];

/** Shorter values are found by chance everywhere, and no secret of ours is that short. */
const shortestKnownSecret = 8;

/**
 * Finds credential-shaped text, and any of the known secrets as they are, percent-encoded or in
 * Base64. Pure. `text` may be any artefact read as Latin-1 or UTF-8; lines are counted from 1.
 */
export function findCredentials(
  text: string,
  knownSecrets: readonly string[] = [],
): readonly CredentialFinding[] {
  const findings: CredentialFinding[] = [];
  const needles = knownSecrets.filter((secret) => secret.length >= shortestKnownSecret).flatMap(disguisesOf);
  for (const [index, line] of text.split('\n').entries()) {
    if (needles.some((needle) => line.includes(needle))) {
      findings.push({ line: index + 1, kind: 'a secret of this launch' });
      continue;
    }
    const shape = shapes.find(({ pattern }) => pattern.test(line));
    if (shape !== undefined) findings.push({ line: index + 1, kind: shape.kind });
  }
  return findings;
}

/** The secret itself, its password when it is a DSN, and both percent-encoded, in Base64 and as JSON writes them. */
function disguisesOf(secret: string): readonly string[] {
  const password = URL.canParse(secret) ? decodeURIComponent(new URL(secret).password) : '';
  return [secret, ...(password.length >= shortestKnownSecret ? [password] : [])].flatMap((value) => {
    const base64 = Buffer.from(value).toString('base64').replace(/=+$/, '');
    return [value, encodeURIComponent(value), base64, JSON.stringify(value).slice(1, -1)];
  });
}
