import { chmod, mkdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';

export type FakeContainerTool = {
  /** What a `PATH` needs to find it, and no other. */
  readonly path: string;
  /** Has a file for each tag that was pushed, named like the tag. */
  readonly pushed: string;
  /** There while a login is kept. */
  readonly login: string;
};

/** A podman that has one image, of this id; it remembers in files what was done with it. No docker answers. */
export async function writeFakeContainerTool(folder: string, imageId: string): Promise<FakeContainerTool> {
  const [pushed, login] = [join(folder, 'pushed'), join(folder, 'login')];
  const inspection = JSON.stringify([
    {
      Id: imageId,
      Architecture: 'amd64',
      Os: 'linux',
      Config: {
        Labels: { 'fraud-platform.context-sha256': 'c'.repeat(64), 'org.opencontainers.image.version': '1' },
      },
    },
  ]);
  await mkdir(pushed, { recursive: true });
  const scripts = {
    podman: `#!/bin/sh
case "$1" in
  image) echo '${inspection}' ;;
  login) cat > ${login} ;;
  logout) rm -f ${login} ;;
  push) touch ${pushed}/"\${2##*:}" ;;
esac
`,
    docker: '#!/bin/sh\nexit 1\n',
  };
  for (const [name, script] of Object.entries(scripts)) {
    await writeFile(join(folder, name), script);
    await chmod(join(folder, name), 0o755);
  }
  return { path: `${folder}:/bin:/usr/bin`, pushed, login };
}
