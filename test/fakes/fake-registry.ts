import { createHash } from 'node:crypto';
import { once } from 'node:events';
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';

/** An image registry as far as a push of docker or podman asks, with one user. */
export type FakeRegistry = {
  /** `127.0.0.1:<port>`, in plain HTTP. */
  readonly host: string;
  /** Digests of manifests by `repository:tag`. */
  readonly tags: ReadonlyMap<string, string>;
  /** Bytes of layers and configurations that arrived. */
  readonly blobs: ReadonlyMap<string, number>;
  readonly close: () => Promise<void>;
};

const digestOf = (content: Buffer) => `sha256:${createHash('sha256').update(content).digest('hex')}`;

/** Tags are immutable, as in the repositories of an environment. */
export async function startFakeRegistry(user: string, password: string): Promise<FakeRegistry> {
  const tags = new Map<string, string>();
  const blobs = new Map<string, number>();
  const uploads = new Map<string, Buffer[]>();
  const authorization = `Basic ${Buffer.from(`${user}:${password}`).toString('base64')}`;

  const answer = async (request: IncomingMessage, response: ServerResponse): Promise<void> => {
    const chunks: Buffer[] = [];
    for await (const chunk of request) chunks.push(chunk);
    const content = Buffer.concat(chunks);
    const url = new URL(request.url ?? '/', 'http://registry');
    const send = (status: number, headers: Record<string, string> = {}) => {
      response.writeHead(status, headers).end();
    };
    if (request.headers.authorization !== authorization) {
      return send(401, { 'www-authenticate': 'Basic realm="fake"' });
    }
    const [, repository = '', kind, id = ''] =
      /^\/v2\/(.+)\/(blobs|manifests)\/(.*)$/.exec(url.pathname) ?? [];
    if (url.pathname === '/v2/') return send(200);
    const upload = `/v2/${repository}/blobs/uploads/`;
    if (kind === 'blobs' && request.method === 'HEAD') {
      const size = blobs.get(id);
      // docker believes in a layer only when it is told its length.
      return size === undefined
        ? send(404)
        : send(200, { 'content-length': String(size), 'docker-content-digest': id });
    }
    if (kind === 'blobs' && request.method === 'POST') {
      const name = String(uploads.size);
      uploads.set(name, []);
      return send(202, { location: `${upload}${name}`, range: '0-0' });
    }
    const parts = uploads.get(id.replace(/^uploads\//, ''));
    if (kind === 'blobs' && parts !== undefined) {
      parts.push(content);
      const whole = Buffer.concat(parts);
      // The last byte that arrived: docker counts by it.
      const range = `0-${Math.max(0, whole.length - 1)}`;
      if (request.method === 'PATCH') return send(202, { location: url.pathname, range });
      const digest = url.searchParams.get('digest') ?? '';
      if (digestOf(whole) !== digest) return send(400);
      blobs.set(digest, whole.length);
      return send(201, { 'docker-content-digest': digest, location: `/v2/${repository}/blobs/${digest}` });
    }
    if (kind === 'manifests' && request.method === 'PUT') {
      const name = `${repository}:${id}`;
      if (tags.has(name)) return send(400);
      tags.set(name, digestOf(content));
      return send(201, { 'docker-content-digest': digestOf(content) });
    }
    return send(404);
  };
  const server = createServer((request, response) => void answer(request, response));
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  return {
    host: `127.0.0.1:${(server.address() as AddressInfo).port}`,
    tags,
    blobs,
    close: async () => {
      server.closeAllConnections();
      server.close();
      await once(server, 'close');
    },
  };
}
