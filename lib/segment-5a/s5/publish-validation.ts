import { mkdir, readFile, rename, writeFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import type { Bundle } from '../../evidence/format/bundle.ts';
import { sha256Of } from '../../evidence/format/digest.ts';
import { errorCodeOf, fail, messageOf } from '../../vocabulary/failure.ts';
import type { Sha256 } from '../../vocabulary/identifiers.ts';

export type ValidationPublication = { readonly kind: 'published' | 'identical'; readonly folder: string };

/** Where the bundle of a run that passed lies below its folder. */
export function passedValidationFolder(manifestFingerprint: string): string {
  return `data/layer2/5A/validation/manifest_fingerprint=${manifestFingerprint}`;
}

/** Where the bundles of a run that did not pass lie below its folder, each under its digest. */
export function failedValidationsFolder(manifestFingerprint: string): string {
  return `data/layer2/5A/validation_failed/manifest_fingerprint=${manifestFingerprint}`;
}

/** Where any bundle of a run lies below its folder: PASS once, every FAIL beside it under its own digest. */
export function validationFolder(manifestFingerprint: string, bundle: Bundle): string {
  if (bundle.verdict === 'PASS') return passedValidationFolder(manifestFingerprint);
  return `${failedValidationsFolder(manifestFingerprint)}/bundle=${bundle.digest}`;
}

/**
 * Publishes a bundle as a whole: laid out beside its place, then renamed. A bundle of the same digest
 * that is there already stays; another one is `S5_OUTPUT_CONFLICT` (73). Throws
 * `S5_INFRASTRUCTURE_IO_ERROR` (75).
 */
export async function publishValidation(
  runFolder: string,
  path: string,
  bundle: Bundle,
  scratch: string,
): Promise<ValidationPublication> {
  const folder = join(runFolder, path);
  const staged = join(scratch, 'bundle');
  try {
    for (const item of bundle.payload) {
      const content = 'content' in item ? item.content : await readFile(item.file);
      await writeInto(join(staged, item.path), content);
    }
    for (const [name, content] of bundle.tags) await writeInto(join(staged, name), content);
    await mkdir(dirname(folder), { recursive: true });
    await rename(staged, folder);
    return { kind: 'published', folder };
  } catch (error) {
    const taken = ['ENOTEMPTY', 'EEXIST'].includes(errorCodeOf(error) ?? '');
    if (taken) return compare(folder, bundle);
    return fail(
      {
        exit: 'transient',
        code: 'S5_INFRASTRUCTURE_IO_ERROR',
        message: `the validation bundle cannot be written: ${messageOf(error)}`,
        where: folder,
        remedy: 'Free disk space or make the run folder writable, then run again.',
      },
      error,
    );
  }
}

async function compare(folder: string, bundle: Bundle): Promise<ValidationPublication> {
  for (const [name, content] of bundle.tags) {
    // The statement carries clocks and is no part of what is compared.
    if (name === 'statement.json' || name === 'tagmanifest-sha256.txt') continue;
    if ((await digestOf(join(folder, name))) !== sha256Of(content)) conflict(folder, name);
  }
  for (const { path, sha256 } of bundle.payload) {
    if ((await digestOf(join(folder, path))) !== sha256) conflict(folder, path);
  }
  return { kind: 'identical', folder };
}

async function digestOf(path: string): Promise<Sha256 | undefined> {
  try {
    return sha256Of(await readFile(path));
  } catch (error) {
    if (errorCodeOf(error) === 'ENOENT') return undefined;
    throw error;
  }
}

function conflict(folder: string, name: string): never {
  return fail({
    exit: 'conflict',
    code: 'S5_OUTPUT_CONFLICT',
    message: 'the run has another validation bundle already',
    where: join(folder, name),
    remedy: 'Stage a clean candidate (fraudctl segment stage --rerun S5); a sealed bundle never changes.',
  });
}

async function writeInto(path: string, content: Uint8Array): Promise<void> {
  await mkdir(dirname(path), { recursive: true });
  await writeFile(path, content, { flush: true });
}
