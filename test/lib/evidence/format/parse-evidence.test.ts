import assert from 'node:assert/strict';
import { test } from 'node:test';
import { z } from 'zod';
import { parseEvidence } from '../../../../lib/evidence/format/parse-evidence.ts';

const schema = z.strictObject({ a: z.int() });
const read = (text: string) => parseEvidence(Buffer.from(text), schema);

test('evidence says what it says when it is whole, canonical and of its shape; else it says nothing', () => {
  assert.deepEqual(read('{"a":1}'), { a: 1 });
  assert.equal(parseEvidence(undefined, schema), undefined);
  for (const text of ['', '{"a":1', '{"a": 1}', '{"a":1}\n', '{"a":"1"}', '{"a":1,"b":2}', '\u0000'])
    assert.equal(read(text), undefined, JSON.stringify(text));
});
