import { createReadStream } from 'node:fs';
import { fail } from '../vocabulary/failure.ts';
import { type CredentialFinding, findCredentials } from './format/credential-scan.ts';

/** Refuses bytes that hold a credential: `CREDENTIAL_FOUND` (65), with path, line and kind, never the value. */
export function refuseCredentials(path: string, content: Uint8Array, knownSecrets: readonly string[]): void {
  refuse(path, findCredentials(Buffer.from(content).toString('latin1'), latin1(knownSecrets)));
}

/** Overlap between chunks, so that nothing hides on a boundary; longer than any shape or secret. */
const overlap = 8_192;

/** As `refuseCredentials`, over a file of any size in bounded memory. Line numbers are those of the file. */
export async function refuseCredentialsInFile(
  path: string,
  file: string,
  knownSecrets: readonly string[],
): Promise<void> {
  const needles = latin1(knownSecrets);
  let carried = '';
  let linesBefore = 0;
  for await (const chunk of createReadStream(file, { highWaterMark: 1024 * 1024, encoding: 'latin1' })) {
    const text = carried + chunk;
    const findings = findCredentials(text, needles);
    refuse(
      path,
      findings.map(({ line, kind }) => ({ line: line + linesBefore, kind })),
    );
    carried = text.slice(-overlap);
    linesBefore += text.slice(0, text.length - carried.length).split('\n').length - 1;
  }
}

/** Artefacts are searched byte by byte; so are the secrets. */
function latin1(secrets: readonly string[]): readonly string[] {
  return secrets.map((secret) => Buffer.from(secret, 'utf8').toString('latin1'));
}

function refuse(path: string, findings: readonly CredentialFinding[]): void {
  const [first] = findings;
  if (first === undefined) return;
  fail({
    exit: 'data',
    code: 'CREDENTIAL_FOUND',
    message: `${first.kind} in an artefact that was about to be published`,
    where: `${path}:${first.line}`,
    remedy: 'Find what wrote it and make it not do that; rotate the credential if it left the task.',
  });
}
