import assert from 'node:assert/strict';
import { test } from 'node:test';
import { canonicalBytes } from '../../../lib/evidence/format/canonical-json.ts';
import { readRecordSource, readResultSource } from '../../../lib/gates/evidence-sources.ts';
import { judgeLaunch } from '../../../lib/gates/launch-verdict.ts';
import { executionIdSchema, launchKeyOf } from '../../../lib/vocabulary/identifiers.ts';
import { launchResult, taskRecord } from '../../support/launch-documents.ts';

const executionId = executionIdSchema.parse('probe_20260221T020923Z');
const launchKey = launchKeyOf(executionId, 'Run', 0);

/** The verdict on a launch that went well, by the names that platform and task have for its image. */
function verdictOn(ofPlatform: string | null, ofTask: string): string {
  const change = { environment: 'dev-min' };
  const record = canonicalBytes(taskRecord(launchKey, { ...change, image_digest: ofPlatform }));
  const result = canonicalBytes(launchResult(launchKey, { ...change, image_digest: ofTask }));
  const resultSource = readResultSource('result.json', { kind: 'present', content: result });
  assert.equal(resultSource.kind, 'present');
  return judgeLaunch({
    launchKey,
    record: readRecordSource({ kind: 'present', content: record }).source,
    result: resultSource,
    marker: { kind: 'present', key: resultSource.key, sha256: resultSource.sha256 },
  }).cause;
}

const one = `sha256:${'a'.repeat(64)}`;
const other = `sha256:${'b'.repeat(64)}`;
const images: readonly (readonly [string, string | null, string, string])[] = [
  ['the same', one, one, 'done'],
  ['the same, once behind its repository', one, `111122223333.dkr.ecr/fraud@${one}`, 'done'],
  ['locally, where there is no image', 'local', 'local', 'done'],
  ['unknown to the platform', null, one, 'done'],
  ['a tag, which is no digest', one, 'fraud-platform:latest', 'done'],
  ['another', one, other, 'contradiction'],
  ['another, behind a repository', `111122223333.dkr.ecr/fraud@${other}`, one, 'contradiction'],
];
for (const [what, ofPlatform, ofTask, cause] of images) {
  test(`the image that ran and the one that the task was told it is, ${what}: ${cause}`, () => {
    assert.equal(verdictOn(ofPlatform, ofTask), cause);
  });
}
