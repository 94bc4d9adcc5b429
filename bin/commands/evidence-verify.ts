import { resolve } from 'node:path';
import { verifyBundleFolder } from '../../lib/evidence/verify-bundle.ts';
import { recheckVerdict } from '../../lib/operator/recheck-verdict.ts';
import { exitCodes } from '../../lib/vocabulary/exit-codes.ts';
import { paint } from '../terminal/look.ts';
import { renderTable } from '../terminal/table.ts';
import type { CommandContext } from './command-context.ts';

/**
 * `fraudctl evidence verify`: a table of items and a verdict, computed again where the bundle is about an
 * execution. Exit 0 only for a whole bundle that says PASS; else 65.
 */
export async function evidenceVerify(context: CommandContext, folder: string): Promise<number> {
  const whole = await verifyBundleFolder(resolve(folder), context.signal);
  const report = await recheckVerdict(resolve(folder), whole);
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
    folder: resolve(folder),
    verdict: report.verdict,
    stated:
      report.stated === undefined ? null : { result: report.stated.result, reasons: report.stated.reasons },
    bundle_digest_sha256: report.bundleDigest ?? null,
    manifest_fingerprint: report.manifestFingerprint ?? null,
    items: report.items,
  });
  return report.verdict === 'whole-pass' ? exitCodes.done : exitCodes.data;
}
