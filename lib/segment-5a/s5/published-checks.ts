import { readdir } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import type { Sha256 } from '../../vocabulary/identifiers.ts';
import type { Receipt } from '../frame/receipt.ts';
import { digestOfFile, findReceipt } from '../frame/receipt-store.ts';
import type { StateContext, StateName } from '../frame/states.ts';
import type { ScenarioId } from '../identity.ts';
import { openGate } from '../s0/gate-receipt.ts';
import { type CheckFinding, type CheckList, failed, passed, unlessFound } from './check.ts';

/** What S0 sealed is there, whole, and about the bundles that are there now. */
export async function checkGate(context: StateContext, checks: CheckList): Promise<void> {
  await checks.run('S0_PRESENT', 'S0', async () => {
    const gate = await openGate(context.runFolder, context.run, 'S5');
    return passed({ sealed_inputs: gate.sealed.length });
  });
  await checks.run('S0_DIGEST_MATCH', 'S0', async () => {
    const { receipt } = await openGate(context.runFolder, context.run, 'S5');
    return passed({ sealed_inputs_digest: receipt.sealed_inputs_digest });
  });
  await checks.run('UPSTREAM_ALL_PASS', 'S0', async () => {
    const { receipt } = await openGate(context.runFolder, context.run, 'S5');
    const { world } = context;
    const findings = [world.bundle, ...world.upstream]
      .filter(
        ({ segment, bundleDigest }) =>
          receipt.verified_upstream_segments[segment]?.bundle_sha256_hex !== bundleDigest,
      )
      .map(
        ({ segment }): CheckFinding => ({
          issueCode: 'S0_UPSTREAM_CHANGED',
          context: { segment },
          message: `the bundle of ${segment} is not the one that S0 verified`,
        }),
      );
    return unlessFound({ segments: 1 + world.upstream.length }, findings);
  });
}

/**
 * Every file that a state's receipts name is there with the bytes that were committed, and nothing lies
 * beside them: a file that no receipt names would be read by whoever reads the folder.
 */
export async function checkPresence(
  context: StateContext,
  checks: CheckList,
  state: 'S0' | 'S1' | 'S2' | 'S3' | 'S4',
  scopes: readonly { readonly scenario_id?: ScenarioId; readonly mbucket?: string }[],
): Promise<readonly Receipt[]> {
  const found: Receipt[] = [];
  await checks.run(`${state}_PRESENT`, state, async () => {
    const findings: CheckFinding[] = [];
    let files = 0;
    const named = new Set<string>();
    for (const scope of scopes) {
      const receipt = await findReceipt(context.runFolder, {
        state,
        manifest_fingerprint: context.run.manifestFingerprint,
        ...scope,
      });
      if (receipt === undefined) {
        const message = `${state} has not published ${Object.values(scope).join(' ')}`.trim();
        findings.push({ issueCode: `${state}_NOT_PUBLISHED`, context: { ...scope }, message });
        continue;
      }
      found.push(receipt);
      const digests = await digestsOf(receipt.files.map(({ path }) => join(context.runFolder, path)));
      for (const [index, { path, sha256 }] of receipt.files.entries()) {
        files += 1;
        named.add(path);
        const digest = digests[index];
        if (digest === sha256) continue;
        const what = digest === undefined ? 'is missing' : 'was altered after it was published';
        findings.push({ issueCode: `${state}_FILE_ALTERED`, context: { path }, message: `${path} ${what}` });
      }
    }
    for (const path of await besideFiles(context.runFolder, named)) {
      const message = `${path} is named by no receipt`;
      findings.push({ issueCode: `${state}_FILE_UNEXPECTED`, context: { path }, message });
    }
    return unlessFound({ files }, findings);
  });
  return found;
}

/** A few files at a time: each is digested on a thread of its own and in memory meanwhile. */
const digestedTogether = 4;

async function digestsOf(paths: readonly string[]): Promise<readonly (Sha256 | undefined)[]> {
  const digests: (Sha256 | undefined)[] = [];
  for (let from = 0; from < paths.length; from += digestedTogether) {
    digests.push(...(await Promise.all(paths.slice(from, from + digestedTogether).map(digestOfFile))));
  }
  return digests;
}

/** The states' outputs are of versions that are validated together. */
export function checkSpecVersions(
  { policies }: StateContext,
  checks: CheckList,
  receipts: ReadonlyMap<StateName, readonly Receipt[]>,
): void {
  const policy = policies.spec_compatibility;
  const majors = (['S1', 'S2', 'S3', 'S4'] as const).map((state) => {
    const own = new Set(
      receipts.get(state)?.map(({ spec_version: version }) => Number(version.split('.')[0])),
    );
    return { state, majors: [...own] };
  });
  const tuple = majors.map((one) => one.majors[0] ?? 0);
  const supported =
    majors.every(
      (one) =>
        one.majors.length === 1 &&
        one.majors.every((major) => policy.supported_majors[one.state].includes(major)),
    ) && policy.supported_tuples.some((allowed) => allowed.join() === tuple.join());
  const metrics = { majors: tuple };
  const found = {
    issueCode: 'SPEC_VERSIONS',
    context: metrics,
    message: `versions ${tuple.join('-')} are not validated together`,
  };
  const mismatch =
    policy.on_mismatch === 'WARN'
      ? ({ status: 'WARN', metrics, findings: [found] } as const)
      : failed(metrics, found);
  checks.record('SPEC_COMPATIBILITY', 'S5', supported ? passed(metrics) : mismatch);
}

/** Files in the folders of the given ones that are not among them; paths are relative. */
async function besideFiles(runFolder: string, named: ReadonlySet<string>): Promise<readonly string[]> {
  const beside: string[] = [];
  for (const folder of new Set([...named].map((path) => dirname(path)))) {
    const entries = await readdir(join(runFolder, folder)).catch(() => []);
    beside.push(...entries.map((name) => `${folder}/${name}`).filter((path) => !named.has(path)));
  }
  return beside.sort();
}
