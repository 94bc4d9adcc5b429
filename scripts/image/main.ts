import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import { productVersion } from '../../config/product-version.ts';
import { findContainerTool, runTool } from '../../lib/operator/image/container-tool.ts';
import { buildParameters } from './build-parameters.ts';
import { writeContext } from './write-context.ts';

const root = join(import.meta.dirname, '..', '..');
const rdsAuthorities = 'https://truststore.pki.rds.amazonaws.com/global/global-bundle.pem';
const usage = `npm run image -- --base <image with Node 24> [--authorities <pem file>] [--tag <name>]

Builds the image of all tasks with docker or podman. The base is yours to choose and pin, for example
node:24-bookworm-slim@sha256:… ; the authorities of RDS are fetched from AWS unless a file is given.`;

const { values } = parseArgs({
  options: {
    base: { type: 'string' },
    authorities: { type: 'string' },
    tag: { type: 'string', default: `fraud-platform:${productVersion}` },
    help: { type: 'boolean', default: false },
  },
});

process.exitCode = await main();

async function main(): Promise<number> {
  if (values.help) {
    process.stdout.write(`${usage}\n`);
    return 0;
  }
  if (values.base === undefined) return refuse(64, 'no base image is given', usage);
  const tool = findContainerTool();
  if (tool === undefined) {
    return refuse(78, 'neither docker nor podman answers here', 'Start one of them, then run this again.');
  }
  const authorities = await readAuthorities().catch((error: unknown) => String(error));
  if (!authorities.includes('BEGIN CERTIFICATE')) {
    return refuse(
      78,
      `the authorities of the database cannot be had: ${authorities.slice(0, 200)}`,
      `Give them as a file: --authorities global-bundle.pem (from ${rdsAuthorities}).`,
    );
  }
  process.stderr.write('image: bundling the tasks\n');
  const context = await writeContext(root, join(root, 'build', 'image'), authorities);
  process.stderr.write(
    `image: ${Math.round(context.bytes / 1e6)} MB, context ${context.sha256}; building with ${tool}\n`,
  );
  await runTool(
    tool,
    buildParameters({
      tool,
      dockerfile: join(root, 'Dockerfile'),
      context: context.folder,
      base: values.base,
      tag: values.tag,
      version: productVersion,
      contextSha256: context.sha256,
    }),
    { show: true },
  );
  process.stdout.write(
    `${values.tag}\n  publish it: fraudctl image push --env <environment> --image ${values.tag}\n`,
  );
  return 0;
}

async function readAuthorities(): Promise<string> {
  if (values.authorities !== undefined) return await readFile(values.authorities, 'utf8');
  const response = await fetch(rdsAuthorities, { signal: AbortSignal.timeout(20_000) });
  if (!response.ok) throw new Error(`${rdsAuthorities} answers ${response.status}`);
  return await response.text();
}

function refuse(code: number, message: string, remedy: string): number {
  process.stderr.write(`image: ${message}\n${remedy}\n`);
  return code;
}
