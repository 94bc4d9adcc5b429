import { createHash } from 'node:crypto';
import { chmod, lstat, mkdir, readdir, readFile, rm, utimes, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { databaseAuthoritiesFile, scratchFolder } from '../../config/names.ts';
import { productVersion } from '../../config/product-version.ts';
import { billOfMaterials, packageFolders } from './bill-of-materials.ts';
import { bundleTasks } from './bundle-tasks.ts';

export type ImageContext = { readonly folder: string; readonly sha256: string; readonly bytes: number };

/**
 * Writes everything that goes into the image, anew: what a Dockerfile copies. Times and modes are fixed, so
 * that the same sources make the same layers.
 *
 * @param authorities PEM text of those who sign for the database
 */
export async function writeContext(root: string, folder: string, authorities: string): Promise<ImageContext> {
  if (!authorities.includes('-----BEGIN CERTIFICATE-----')) {
    throw new Error('the authorities of the database are no PEM text with certificates');
  }
  await rm(folder, { recursive: true, force: true });
  const app = join(folder, 'app');
  const inputs = await bundleTasks(root, app);
  await writeFile(
    join(app, 'sbom.cdx.json'),
    await billOfMaterials(root, productVersion, packageFolders(inputs)),
  );
  const pem = join(folder, databaseAuthoritiesFile);
  await mkdir(join(pem, '..'), { recursive: true });
  await writeFile(pem, authorities);
  await mkdir(join(folder, scratchFolder), { recursive: true });
  return { folder, ...(await settle(folder)) };
}

/** Fixes times and modes of all there is, and returns its digest and size. */
async function settle(folder: string): Promise<Omit<ImageContext, 'folder'>> {
  const digest = createHash('sha256');
  let bytes = 0;
  const paths = (await readdir(folder, { recursive: true, encoding: 'utf8' })).sort();
  for (const path of paths) {
    const full = join(folder, path);
    const stats = await lstat(full);
    await chmod(full, stats.isDirectory() ? 0o755 : 0o644);
    if (stats.isFile()) {
      const content = await readFile(full);
      bytes += content.length;
      digest.update(`${path}\0${createHash('sha256').update(content).digest('hex')}\n`);
    }
  }
  // From the leaves up: writing into a folder moves its time.
  for (const path of [...paths].reverse().concat('')) await utimes(join(folder, path), 0, 0);
  return { sha256: digest.digest('hex'), bytes };
}
