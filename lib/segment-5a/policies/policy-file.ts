import { readFile } from 'node:fs/promises';
import { basename } from 'node:path';
import { isAlias, parseDocument, visit } from 'yaml';
import type { z } from 'zod';
import { sha256Of } from '../../evidence/format/digest.ts';
import { errorCodeOf, fail, messageOf } from '../../vocabulary/failure.ts';
import type { Sha256 } from '../../vocabulary/identifiers.ts';

/** A policy file as read: its bytes are what `parameter_hash` covers, comments and spaces included. */
export type PolicyFile = {
  readonly name: string;
  readonly path: string;
  readonly bytes: Uint8Array;
  readonly sha256: Sha256;
};

/** A defect found beyond the schema: where in the document, which value, what is wrong. */
export type PolicyFinding = { readonly path: string; readonly value?: string; readonly message: string };

/** Reads one file. Throws `S0_REQUIRED_POLICY_MISSING` (78) or `S0_IO_READ_FAILED` (75). */
export async function readPolicyFile(path: string): Promise<PolicyFile> {
  try {
    const bytes = await readFile(path);
    return { name: basename(path), path, bytes, sha256: sha256Of(bytes) };
  } catch (error) {
    const missing = errorCodeOf(error) === 'ENOENT';
    return fail(
      {
        exit: missing ? 'refused' : 'transient',
        code: missing ? 'S0_REQUIRED_POLICY_MISSING' : 'S0_IO_READ_FAILED',
        message: missing ? 'a policy file is missing' : `a policy file cannot be read: ${messageOf(error)}`,
        where: path,
        remedy: missing
          ? 'Put the file back, or name the folder that holds all segment policies.'
          : 'Make the file readable and run again.',
      },
      error,
    );
  }
}

/**
 * The document of a policy file, held to its schema. Anything that YAML would let pass in silence
 * (a key given twice, an anchor, a second document) is refused with `POLICY_INVALID` (65), as is
 * everything the schema does not know.
 */
export function parsePolicy<Schema extends z.ZodType>(file: PolicyFile, schema: Schema): z.infer<Schema> {
  const text = new TextDecoder('utf-8', { fatal: true });
  let document: ReturnType<typeof parseDocument>;
  try {
    document = parseDocument(text.decode(file.bytes), { strict: true, uniqueKeys: true, version: '1.2' });
  } catch (error) {
    return refusePolicy(file, { path: '', message: messageOf(error) });
  }
  const problem = document.errors[0] ?? document.warnings[0];
  if (problem !== undefined) return refusePolicy(file, { path: '', message: problem.message });
  visit(document, (_, node) => {
    if (isAlias(node))
      refusePolicy(file, { path: '', message: 'aliases are not allowed: write the value out' });
  });
  const parsed = schema.safeParse(document.toJS());
  if (parsed.success) return parsed.data;
  const issue = parsed.error.issues[0];
  const path = (issue?.path ?? []).map(String).join('.');
  const value = document.getIn(issue?.path ?? []);
  return refusePolicy(file, {
    path,
    message: issue?.message ?? 'the document is not a policy',
    ...(['string', 'number', 'boolean'].includes(typeof value) ? { value: String(value) } : {}),
  });
}

/** Refuses a policy file with `POLICY_INVALID` (65), naming the file and the path inside it. */
export function refusePolicy(file: PolicyFile, finding: PolicyFinding): never {
  return fail({
    exit: 'data',
    code: 'POLICY_INVALID',
    message: `${file.name} is not a valid policy: ${finding.message}`,
    where: finding.path === '' ? file.path : `${file.path}: ${finding.path}`,
    ...(finding.value === undefined ? {} : { value: finding.value }),
    remedy: 'Correct the value. Every field acts; one that does nothing is refused like one that is missing.',
  });
}
