import { bucketName } from '../../config/names.ts';
import type { EvidenceStore } from '../evidence/stores/evidence-store.ts';
import { createFolderStore } from '../evidence/stores/folder-store.ts';
import { openS3Store } from '../evidence/stores/s3/open-s3-store.ts';
import { s3Url } from '../evidence/stores/s3/s3-place.ts';
import { accountOf, askCallerIdentity } from './caller-identity.ts';
import { connectCloud } from './cloud-clients.ts';
import { asCloudFailure } from './cloud-failure.ts';
import type { Lake, OperatorEnvironment } from './operator-environment.ts';

/** What the file of an environment says about where it is. */
export type AwsPlace = {
  readonly name: string;
  /** `null`: wherever the credentials lead. */
  readonly account: string | null;
  readonly region: string;
};

/**
 * An environment in AWS, by the SDK's ordinary chain of credentials. Before it is returned, the caller's account
 * has been held against the environment's, and its evidence bucket has answered a read; nothing was written.
 * `mirrorFolder` keeps the copies of what is sealed.
 *
 * Throws `ACCOUNT_FOREIGN` (77), what `asCloudFailure` makes of an error, and failures of the evidence store.
 */
export async function openAwsEnvironment(
  { name, account: pinned, region }: AwsPlace,
  mirrorFolder: string,
  signal: AbortSignal,
): Promise<OperatorEnvironment> {
  try {
    const account = accountOf(name, pinned, await askCallerIdentity(region, signal));
    const evidence = openS3Store({ bucket: bucketName(name, account, 'evidence'), prefix: '' }, { region });
    await proveReadable(evidence, name, signal);
    return {
      name,
      account,
      region,
      clients: connectCloud({ region }),
      evidence,
      mirror: createFolderStore(mirrorFolder),
      lake: lakeIn(name, account, region),
    };
  } catch (error) {
    signal.throwIfAborted();
    throw asCloudFailure(error);
  }
}

/** Keys that were removed there may be made anew. */
function lakeIn(name: string, account: string, region: string): Lake {
  const place = { bucket: bucketName(name, account, 'lake'), prefix: '' };
  return { store: openS3Store(place, { region, removed: 'absent' }), url: s3Url(place) };
}

/** Reads a key that need not exist: a bucket that is missing, elsewhere or forbidden says so now. */
async function proveReadable(evidence: EvidenceStore, name: string, signal: AbortSignal): Promise<void> {
  await evidence.get(`evidence/${name}/run_control/readable`, signal);
}
