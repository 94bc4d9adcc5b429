import { chmodSync, existsSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { contextLabel } from '../../lib/operator/image/plan-push.ts';

/** A `docker` that does nothing, says yes, and writes down what it was asked. */
export type RecordingDocker = {
  /** What goes in front of the PATH. */
  readonly folder: string;
  /** Every command line but questions about the daemon, as its words; how attestations were wished is the last. */
  readonly asked: () => readonly (readonly string[])[];
  readonly forget: () => void;
  readonly remove: () => void;
};

/** SHA-256 of the one image that it knows, under every name. */
export const recordedImageId = 'a1b2c3d4e5f60718'.repeat(4);

/** Makes one. Asked about an image, it knows one that `npm run image` made. */
export function createRecordingDocker(version: string): RecordingDocker {
  const folder = mkdtempSync(join(tmpdir(), 'docker-'));
  const record = join(folder, 'record');
  const labels = { [contextLabel]: 'c'.repeat(64), 'org.opencontainers.image.version': version };
  const inspection = [
    { Id: `sha256:${recordedImageId}`, Architecture: 'amd64', Os: 'linux', Config: { Labels: labels } },
  ];
  writeFileSync(join(folder, 'inspection.json'), JSON.stringify(inspection));
  writeFileSync(
    join(folder, 'docker'),
    [
      '#!/bin/sh',
      '[ "$1" = info ] && exit 0',
      `{ for word; do echo "$word"; done; echo "attestations: $BUILDX_NO_DEFAULT_ATTESTATIONS"; echo; } >> ${record}`,
      `[ "$1" = image ] && cat ${join(folder, 'inspection.json')}`,
      'exit 0',
      '',
    ].join('\n'),
  );
  chmodSync(join(folder, 'docker'), 0o755);
  return {
    folder,
    asked: () =>
      existsSync(record)
        ? readFileSync(record, 'utf8')
            .split('\n\n')
            .filter((call) => call !== '')
            .map((call) => call.split('\n'))
        : [],
    forget: () => rmSync(record, { force: true }),
    remove: () => rmSync(folder, { recursive: true }),
  };
}
