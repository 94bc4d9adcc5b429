import { spawnSync } from 'node:child_process';
import { join } from 'node:path';
import { findContainerTool } from '../../lib/operator/image/container-tool.ts';

/** `npm run test:image`: runs the tests of the image where there is something to run containers with. */
if (findContainerTool() === undefined) {
  process.stdout.write(
    'test:image: neither docker nor podman answers here, so nothing of the image was tested.\n',
  );
} else {
  const tests = join(import.meta.dirname, '..', '..', 'scripts', 'test.ts');
  process.exitCode = spawnSync(process.execPath, [tests, 'image'], { stdio: 'inherit' }).status ?? 1;
}
