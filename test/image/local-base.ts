import { spawnSync } from 'node:child_process';
import { copyFile, mkdir, mkdtemp, readdir, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { type ContainerTool, runTool } from '../../lib/operator/image/container-tool.ts';

/**
 * Makes a base image out of this machine: its Node, and the libraries that Node and the native packages
 * need. For tests alone, where no registry can be reached. Returns its name.
 */
export async function makeLocalBase(tool: ContainerTool, root: string): Promise<string> {
  const folder = await mkdtemp(join(tmpdir(), 'base-'));
  const tree = join(folder, 'tree');
  try {
    const node = process.execPath;
    const modules = join(root, 'node_modules');
    const native = (await readdir(modules, { recursive: true, encoding: 'utf8' }))
      .filter((path) => /(^|\/)(nodejs-polars-linux|node-bindings-linux)[^/]*\/.*\.(node|so)/.test(path))
      .map((path) => join(modules, path));
    const libraries = new Set(
      [node, ...native].flatMap((path) => {
        const { stdout } = spawnSync('ldd', [path], { encoding: 'utf8' });
        return stdout.match(/\/[^\s:]+/g) ?? [];
      }),
    );
    for (const path of libraries) {
      if (path.startsWith(modules)) continue;
      await mkdir(join(tree, dirname(path)), { recursive: true });
      await copyFile(path, join(tree, path));
    }
    await mkdir(join(tree, 'usr/local/bin'), { recursive: true });
    await copyFile(node, join(tree, 'usr/local/bin/node'));
    await mkdir(join(tree, 'etc'), { recursive: true });
    await writeFile(join(tree, 'etc/passwd'), 'nonroot:x:65532:65532::/:/bin/false\n');
    await writeFile(join(tree, 'etc/group'), 'nonroot:x:65532:\n');
    const archive = join(folder, 'base.tar');
    spawnSync('tar', ['-C', tree, '-cf', archive, '.']);
    const name = 'localhost/fraud-platform-test-base:latest';
    const path = 'ENV PATH=/usr/local/bin:/usr/bin:/bin';
    await runTool(tool, ['import', '--change', path, archive, name]);
    return name;
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
}
