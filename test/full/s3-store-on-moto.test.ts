import assert from 'node:assert/strict';
import { type ChildProcess, spawn, spawnSync } from 'node:child_process';
import { createServer } from 'node:net';
import { after, before, test } from 'node:test';
import { setTimeout as delay } from 'node:timers/promises';
import { CreateBucketCommand, PutObjectCommand, S3Client } from '@aws-sdk/client-s3';
import { sha256Of } from '../../lib/evidence/format/digest.ts';
import { openStore } from '../../lib/evidence/stores/open-store.ts';
import { storeConformance } from '../lib/evidence/stores/conformance.ts';

/**
 * The store on a second S3 that we did not write, where there is one: moto, a Python program. It takes any
 * credentials and any checksum, so it shows that we speak the protocol, not that what is false is refused.
 */
if (spawnSync('moto_server', ['--help']).status === 0) {
  let moto: ChildProcess;
  let client: S3Client;
  let made = 0;
  before(async () => {
    const port = await freePort();
    moto = spawn('moto_server', ['-H', '127.0.0.1', '-p', String(port)], { stdio: 'ignore' });
    const endpoint = `http://127.0.0.1:${port}`;
    Object.assign(process.env, {
      AWS_REGION: 'us-east-1',
      AWS_ACCESS_KEY_ID: 'anything',
      AWS_SECRET_ACCESS_KEY: 'anything',
      AWS_ENDPOINT_URL_S3: endpoint,
    });
    for (let attempt = 0; attempt < 300; attempt += 1) {
      if (await fetch(endpoint).catch(() => undefined)) break;
      await delay(100);
    }
    client = new S3Client({});
    await client.send(new CreateBucketCommand({ Bucket: 'evidence-bucket' }));
  });
  after(() => {
    client.destroy();
    moto.kill('SIGTERM');
  });

  storeConformance('S3 store on moto', async () => {
    made += 1;
    return openStore(`s3://evidence-bucket/tests/${made}`);
  });

  test('what moto does not refuse is refused by the strict S3 of our own alone: a wrong checksum', async () => {
    const wrong = Buffer.from(sha256Of('other'), 'hex').toString('base64');
    const put = { Bucket: 'evidence-bucket', Key: 'wrong', Body: 'body', ChecksumSHA256: wrong };
    assert.equal((await client.send(new PutObjectCommand(put))).$metadata.httpStatusCode, 200);
  });
} else {
  console.error('moto_server is not on this machine: the store is shown on the strict S3 of our own alone');
}

async function freePort(): Promise<number> {
  return await new Promise((resolve, reject) => {
    const server = createServer();
    server.once('error', reject);
    server.listen({ host: '127.0.0.1', port: 0 }, () => {
      const address = server.address();
      server.close(() =>
        typeof address === 'object' && address !== null ? resolve(address.port) : reject(),
      );
    });
  });
}
