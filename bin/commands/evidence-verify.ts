import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { localEnvironment } from '../../config/names.ts';
import { fetchBag } from '../../lib/evidence/fetch-bag.ts';
import { openS3Store } from '../../lib/evidence/stores/s3/open-s3-store.ts';
import { parseS3Url, type S3Place } from '../../lib/evidence/stores/s3/s3-place.ts';
import { verifyBundleFolder } from '../../lib/evidence/verify-bundle.ts';
import { recheckVerdict } from '../../lib/operator/recheck-verdict.ts';
import { exitCodes } from '../../lib/vocabulary/exit-codes.ts';
import { fail } from '../../lib/vocabulary/failure.ts';
import { paint } from '../terminal/look.ts';
import { renderTable } from '../terminal/table.ts';
import type { CommandContext } from './command-context.ts';
import { readEnvironment } from './open-environment.ts';

/**
 * `fraudctl evidence verify`: a table of items and a verdict, computed again where the bundle is about an
 * execution. A bundle in S3 is fetched first. Exit 0 only for a whole bundle that says PASS; else 65.
 */
export async function evidenceVerify(context: CommandContext, place: string): Promise<number> {
  if (!place.startsWith('s3://')) return await verifyFolder(context, resolve(place), resolve(place));
  const near = await mkdtemp(join(tmpdir(), 'bundle-'));
  try {
    const store = openS3Store(placeOf(place), await regionOf(context));
    context.output.progress(`fetching ${store.url}`);
    const folder = join(near, 'bag');
    const promised = await fetchBag(store, '', folder, context.signal);
    return await verifyFolder(context, folder, store.url, promised);
  } finally {
    await rm(near, { recursive: true, force: true });
  }
}

/** A place in S3. Throws `EVIDENCE_STORE_MALFORMED` (64). */
function placeOf(url: string): S3Place {
  return (
    parseS3Url(url) ??
    fail({
      exit: 'usage',
      code: 'EVIDENCE_STORE_MALFORMED',
      message: 'not a place in S3',
      where: '<bundle>',
      value: url.slice(0, 200),
      remedy: 'Give s3://bucket/prefix, as fraudctl prints it behind "evidence".',
    })
  );
}

/** The region of `--env`; of the local environment none, so that the SDK finds its own. */
async function regionOf({ environmentName }: CommandContext): Promise<{ readonly region?: string }> {
  if (environmentName === localEnvironment) return {};
  return { region: (await readEnvironment(environmentName)).region };
}

async function verifyFolder(
  context: CommandContext,
  folder: string,
  shown: string,
  promised?: string,
): Promise<number> {
  const whole = await verifyBundleFolder(folder, context.signal);
  // One without a manifest is broken, and its report says what is missing.
  const { bundleDigest: digest } = whole;
  if (promised !== undefined && digest !== undefined && digest !== promised) refuseForeign(shown, promised);
  const report = await recheckVerdict(folder, whole);
  const verdicts = {
    'whole-pass': paint('green', 'PASS: the bundle is whole and says PASS'),
    'whole-not-pass': paint(
      'yellow',
      `${report.stated?.result ?? 'NOT PASS'}: the bundle is whole and does not say PASS`,
    ),
    broken: paint('red', 'BROKEN: what it says does not count'),
  };
  const rows = report.items.map(({ path, state, detail }) => [
    state === 'ok' ? 'ok' : paint('red', state),
    path,
    detail,
  ]);
  const lines = [
    renderTable(['state', 'item', 'detail'], rows),
    '',
    verdicts[report.verdict],
    ...(report.stated?.reasons ?? []).map((reason) => `  because ${reason}`),
    `  digest  ${report.bundleDigest ?? 'none'}`,
  ];
  context.output.result(lines.join('\n'), {
    schema: 'fraudctl/bundle-report/v1',
    folder: shown,
    verdict: report.verdict,
    stated:
      report.stated === undefined ? null : { result: report.stated.result, reasons: report.stated.reasons },
    bundle_digest_sha256: report.bundleDigest ?? null,
    manifest_fingerprint: report.manifestFingerprint ?? null,
    items: report.items,
  });
  return report.verdict === 'whole-pass' ? exitCodes.done : exitCodes.data;
}

function refuseForeign(where: string, promised: string): never {
  return fail({
    exit: 'data',
    code: 'BUNDLE_NOT_AS_COMMITTED',
    message: 'the bundle that lies there is not the one that was committed',
    where,
    value: promised,
    remedy: 'Compare it with the other copies: run-control, run-scoped, and the mirror of who sealed it.',
  });
}
