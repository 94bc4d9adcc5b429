import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { z } from 'zod';

const packageSchema = z.looseObject({
  name: z.string(),
  version: z.string(),
  license: z.string().optional(),
});

/**
 * What is in an image, as CycloneDX 1.6: every package that a bundle took code from, or that was copied
 * whole. Without clock and serial number, so that the same image has the same one.
 *
 * @param folders folders of packages below the root, in any order
 */
export async function billOfMaterials(
  root: string,
  version: string,
  folders: readonly string[],
): Promise<string> {
  const components = await Promise.all(
    [...new Set(folders)].sort().map(async (folder) => {
      const text = await readFile(join(root, folder, 'package.json'), 'utf8');
      const { name, version: own, license } = packageSchema.parse(JSON.parse(text));
      const purl = `pkg:npm/${name.replace('@', '%40')}@${own}`;
      return {
        type: 'library',
        'bom-ref': purl,
        name,
        version: own,
        purl,
        ...(license === undefined ? {} : { licenses: [{ expression: license }] }),
      };
    }),
  );
  const document = {
    $schema: 'http://cyclonedx.org/schema/bom-1.6.schema.json',
    bomFormat: 'CycloneDX',
    specVersion: '1.6',
    version: 1,
    metadata: { component: { type: 'container', name: 'fraud-platform', version } },
    components,
  };
  return `${JSON.stringify(document, null, 2)}\n`;
}

/** Folders of the packages that files came from, given their paths below the root. Pure. */
export function packageFolders(paths: readonly string[]): readonly string[] {
  return [
    ...new Set(
      paths.flatMap((path) => {
        const at = path.lastIndexOf('node_modules/');
        if (at === -1) return [];
        const [scope = '', name = ''] = path.slice(at + 'node_modules/'.length).split('/');
        const own = scope.startsWith('@') ? `${scope}/${name}` : scope;
        return [`${path.slice(0, at)}node_modules/${own}`];
      }),
    ),
  ];
}
