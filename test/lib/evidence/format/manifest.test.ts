import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { sha256Of } from '../../../../lib/evidence/format/digest.ts';
import {
  formatManifest,
  parseManifest,
  whatIsWrongWithPath,
} from '../../../../lib/evidence/format/manifest.ts';
import { formatPassedFlag, parsePassedFlag } from '../../../../lib/evidence/format/passed-flag.ts';
import { isPlatformError } from '../../../../lib/vocabulary/failure.ts';
import { sha256Schema } from '../../../../lib/vocabulary/identifiers.ts';

const digest = 'a'.repeat(64);
const line = (path: string, hex = digest, gap = '  ') => `${hex}${gap}${path}\n`;

const refused: readonly [string, string, RegExp][] = [
  ['a duplicate path', line('data/a') + line('data/a'), /twice/],
  ['paths out of order', line('data/b') + line('data/a'), /not sorted/],
  ['a path that climbs out', line('data/../../etc/passwd'), /escapes/],
  ['a path with a dot', line('data/./a'), /escapes/],
  ['an absolute path', line('/data/a'), /escapes/],
  ['an empty part', line('data//a'), /escapes/],
  ['a folder', line('data/a/'), /escapes/],
  ['a backslash', line('data\\a'), /has one of/],
  ['a percent sign', line('data/%2e%2e/a'), /has one of/],
  ['a glob', line('data/*'), /has one of/],
  ['a control character', line('data/a\tb'), /control/],
  ['a carriage return', `${digest}  data/a\r\n`, /control/],
  ['a path that is not NFC', line('data/e\u0301'), /NFC/],
  ['a home folder', line('~/a'), /begins with ~/],
  ['an upper-case digest', line('data/a', 'A'.repeat(64)), /lower-case/],
  ['a short digest', line('data/a', 'a'.repeat(63)), /lower-case/],
  ['one space', line('data/a', digest, ' '), /two spaces/],
  ['the binary marker', line('data/a', digest, ' *'), /two spaces/],
  ['no last line end', line('data/a').trimEnd(), /line end/],
  ['a blank line', `${line('data/a')}\n`, /lower-case/],
];
for (const [what, text, message] of refused) {
  test(`a manifest with ${what} is refused, by file and line`, () => {
    assert.throws(
      () => parseManifest(text, 'manifest-sha256.txt'),
      (error) =>
        isPlatformError(error) &&
        error.failure.code === 'MANIFEST_MALFORMED' &&
        error.failure.where?.startsWith('manifest-sha256.txt') === true &&
        message.test(error.message),
    );
  });
}

const part = fc
  .stringMatching(/^[A-Za-z0-9 ._é漢=+-]{1,12}$/)
  .filter((text) => whatIsWrongWithPath(text) === undefined);
const path = fc.array(part, { minLength: 1, maxLength: 4 }).map((parts) => `data/${parts.join('/')}`);
const entries = fc
  .uniqueArray(path, { maxLength: 8 })
  .map((paths) => paths.map((text) => ({ path: text, sha256: sha256Of(text) })));

test('what is formatted parses back, in the one order there is', () => {
  fc.assert(
    fc.property(entries, (given) => {
      const text = formatManifest(given);
      assert.equal(formatManifest([...given].reverse()), text);
      assert.equal(formatManifest(parseManifest(text, 'x')), text);
      assert.deepEqual(
        new Set(parseManifest(text, 'x').map((entry) => entry.path)),
        new Set(given.map((entry) => entry.path)),
      );
    }),
  );
});

test('any one character changed is refused or means another manifest', () => {
  fc.assert(
    fc.property(
      entries.filter((given) => given.length > 0),
      fc.nat(),
      fc.constantFrom('0', 'f', ' ', '/', 'z'),
      (given, at, character) => {
        const text = formatManifest(given);
        const index = at % text.length;
        const altered = text.slice(0, index) + character + text.slice(index + 1);
        if (altered === text) return;
        let parsed: string | undefined;
        try {
          parsed = formatManifest(parseManifest(altered, 'x'));
        } catch (error) {
          assert.ok(isPlatformError(error));
          return;
        }
        assert.notEqual(parsed, text);
      },
    ),
  );
});

const flag = {
  bundleDigest: sha256Schema.parse(digest),
  manifestFingerprint: sha256Schema.parse('b'.repeat(64)),
};
const flagText = `{"bundle_digest_sha256":"${digest}","manifest_fingerprint":"${'b'.repeat(64)}"}`;

test('the flag has one form', () => {
  assert.equal(new TextDecoder().decode(formatPassedFlag(flag)), flagText);
  assert.deepEqual(parsePassedFlag(new TextEncoder().encode(flagText), '_passed.flag'), flag);
});

const flags: readonly [string, string][] = [
  ['a line end', `${flagText}\n`],
  ['a space', flagText.replace(':', ': ')],
  [
    'another order of keys',
    `{"manifest_fingerprint":"${'b'.repeat(64)}","bundle_digest_sha256":"${digest}"}`,
  ],
  ['another key', flagText.replace('}', ',"more":1}')],
  ['a missing key', `{"bundle_digest_sha256":"${digest}"}`],
  ['an upper-case digest', flagText.replace(digest, digest.toUpperCase())],
  ['the older form', `sha256_hex = ${digest}`],
  ['nothing in it', ''],
];
for (const [what, text] of flags) {
  test(`a flag with ${what} is refused`, () => {
    assert.throws(
      () => parsePassedFlag(new TextEncoder().encode(text), '_passed.flag'),
      (error) =>
        isPlatformError(error) &&
        error.failure.code === 'FLAG_MALFORMED' &&
        error.failure.where === '_passed.flag',
    );
  });
}
