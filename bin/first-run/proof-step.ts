import { spawn } from 'node:child_process';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { runControlPrefix, runScopedPrefix } from '../../config/names.ts';
import { readCommit } from '../../lib/evidence/publish-bundle.ts';
import { verifyBundleFolder } from '../../lib/evidence/verify-bundle.ts';
import { listExecutions } from '../../lib/operator/list-executions.ts';
import type { OperatorEnvironment } from '../../lib/operator/operator-environment.ts';
import { recheckVerdict } from '../../lib/operator/recheck-verdict.ts';
import { passedValidationFolder } from '../../lib/segment-5a/s5/publish-validation.ts';
import { errorCodeOf, fail } from '../../lib/vocabulary/failure.ts';
import type { ConductedExecution } from '../commands/conduct-execution.ts';
import { findExecution } from '../commands/find-execution.ts';
import type { ChainKit } from './chain-kit.ts';
import type { Findings } from './outcome.ts';

/** A sealed bundle with every folder that holds it. */
export type SealedBundle = {
  readonly what: string;
  readonly digest: string;
  readonly folders: readonly string[];
};

/**
 * Checks every sealed bundle of this run in every place: the world, the validation of the segment run, and all
 * executions, those included that nobody asked for, such as the migration of a new database.
 */
export async function proofStep(
  { context, environment }: ChainKit,
  { world, segment }: Pick<Findings, 'world' | 'segment'>,
  conducted: readonly ConductedExecution[],
  since: number,
): Promise<Findings['proof']> {
  const { signal, output } = context;
  const executions = [...conducted, ...(await startedSince(environment, since, conducted, signal))];
  const bundles: SealedBundle[] = [
    { what: 'world', digest: world.bundleDigest, folders: [world.folder] },
    {
      what: 'validation',
      digest: segment.bundleDigest,
      folders: [join(segment.folder, passedValidationFolder(segment.manifestFingerprint))],
    },
  ];
  for (const execution of executions) {
    const sealed = await sealedBundle(environment, execution, signal);
    if (sealed !== undefined) bundles.push(sealed);
    else if (conducted.includes(execution)) refuseUnsealed(execution);
  }
  return await checkBundles(bundles, output.progress, signal);
}

/** Executions of this environment that began with or after this run and are not among those that are known. */
async function startedSince(
  environment: OperatorEnvironment,
  since: number,
  known: readonly ConductedExecution[],
  signal: AbortSignal,
): Promise<readonly ConductedExecution[]> {
  const listed = await listExecutions(environment, 1_000, signal);
  const names = listed
    .filter(({ startedAt }) => Date.parse(startedAt) >= since)
    .map(({ name }) => name)
    .filter((name) => !known.some(({ executionId }) => executionId === name));
  return await Promise.all(names.map((name) => findExecution(environment, name, signal)));
}

/** The sealed bundle of an execution with its three copies; `undefined` while nothing is sealed. */
async function sealedBundle(
  environment: OperatorEnvironment,
  { executionId, runId }: ConductedExecution,
  signal: AbortSignal,
): Promise<SealedBundle | undefined> {
  const runControl = runControlPrefix(environment.name, executionId);
  const commit = await readCommit(environment.evidence, runControl, signal);
  if (commit === undefined) return undefined;
  const places = [
    { store: environment.evidence, prefix: runControl },
    { store: environment.evidence, prefix: runScopedPrefix(runId, executionId) },
    { store: environment.mirror, prefix: runControl },
  ];
  const folders = await Promise.all(
    places.map(async ({ store, prefix }) => {
      // Each place names its own: the clocks in a statement may differ from copy to copy.
      const own = (await readCommit(store, prefix, signal)) ?? commit;
      return fileURLToPath(new URL(`${prefix}${own.location}`, store.url));
    }),
  );
  return { what: executionId, digest: commit.bundle_digest_sha256, folders };
}

/**
 * Verifies each folder of each bundle: every file, the flag, the verdict computed again, the digest that the
 * commit names; and asks `sha256sum -c` as well, which shares no code with this. Throws `EVIDENCE_BROKEN` (65)
 * naming the first folder at fault.
 */
export async function checkBundles(
  bundles: readonly SealedBundle[],
  progress: (line: string) => void,
  signal: AbortSignal,
): Promise<Findings['proof']> {
  let files = 0;
  let copies = 0;
  let agrees = true;
  for (const [index, { what, digest, folders }] of bundles.entries()) {
    progress(`${what}, ${index + 1} of ${bundles.length}`);
    for (const folder of folders) {
      const report = await recheckVerdict(folder, await verifyBundleFolder(folder, signal));
      const fault = report.items.find(({ state }) => state !== 'ok');
      if (report.verdict !== 'whole-pass') {
        refuseBroken(
          folder,
          fault === undefined ? 'it does not say PASS' : `${fault.path} is ${fault.state}`,
        );
      }
      if (report.bundleDigest !== digest) refuseBroken(folder, 'it is another bundle than the one sealed');
      const said = await askSha256sum(folder);
      if (said === 'disagrees') refuseBroken(folder, 'sha256sum -c does not agree');
      agrees = agrees && said === 'agrees';
      files += report.items.length;
      copies += 1;
    }
  }
  return { bundles: bundles.length, copies, files, sha256sum: agrees ? 'agrees' : 'absent' };
}

/** What everybody has on a Linux machine says of a bundle; `absent` where it is not. */
async function askSha256sum(folder: string): Promise<'agrees' | 'disagrees' | 'absent'> {
  return await new Promise((resolve, reject) => {
    const child = spawn('sha256sum', ['--check', '--strict', '--quiet', 'manifest-sha256.txt'], {
      cwd: folder,
      stdio: 'ignore',
    });
    child.on('error', (error) => {
      if (errorCodeOf(error) === 'ENOENT') resolve('absent');
      else reject(error);
    });
    child.on('close', (code) => resolve(code === 0 ? 'agrees' : 'disagrees'));
  });
}

function refuseBroken(folder: string, why: string): never {
  return fail({
    exit: 'data',
    code: 'EVIDENCE_BROKEN',
    message: `a sealed bundle is not what was sealed: ${why}`,
    where: folder,
    remedy: `See every item: npx fraudctl evidence verify ${folder}`,
  });
}

function refuseUnsealed({ executionId }: ConductedExecution): never {
  return fail({
    exit: 'data',
    code: 'EVIDENCE_BROKEN',
    message: 'the bundle of an execution that was judged is not there',
    where: executionId,
    remedy: `Judge and seal it again: npx fraudctl attach ${executionId}`,
  });
}
