import assert from 'node:assert/strict';
import { test } from 'node:test';
import { inspect } from 'node:util';
import fc from 'fast-check';
import { Dsn, parseDsn } from '../../../lib/database/dsn.ts';
import { isPlatformError } from '../../../lib/vocabulary/failure.ts';
import { isPlaceholder } from '../../../lib/vocabulary/placeholder.ts';

const text = fc
  .string({ minLength: 1, maxLength: 30, unit: 'grapheme' })
  .filter((value) => value.isWellFormed() && !value.includes('\0') && !isPlaceholder(value));

test('what is revealed parses back, whatever the password', () => {
  fc.assert(
    fc.property(text, text, fc.integer({ min: 1, max: 65_535 }), (user, password, port) => {
      const revealed = new Dsn({
        host: 'db.internal',
        port,
        database: 'fraud_platform',
        user,
        password,
      }).reveal();
      fc.pre(!isPlaceholder(revealed));
      const dsn = parseDsn(revealed, 'DSN');
      assert.deepEqual(
        [dsn.host, dsn.port, dsn.database, dsn.user, dsn.password()],
        ['db.internal', port, 'fraud_platform', user, password],
      );
    }),
  );
});

const secret = fc.stringMatching(/^[A-Za-z0-9]{12,24}$/);

test('no way of printing a DSN shows its password', () => {
  fc.assert(
    fc.property(secret, (password) => {
      const dsn = new Dsn({ host: 'h', port: 1, database: 'd', user: 'u', password });
      for (const shown of [
        inspect(dsn, { depth: 9, showHidden: true }),
        JSON.stringify({ dsn }),
        String(dsn),
        `${dsn}`,
        dsn.describe(),
        Object.values(dsn).join(),
      ]) {
        assert.ok(!shown.includes(password));
      }
    }),
  );
});

test('no refusal repeats any part of what it refuses', () => {
  fc.assert(
    fc.property(
      secret,
      fc.constantFrom('', '?sslmode=require', '?sslmode=verify-full&x=1', '/more?sslmode=verify-full', '#x'),
      (password, end) => {
        try {
          parseDsn(`postgresql://user:${password}@host:5432/db${end}`, 'DATABASE_DSN');
          assert.fail('accepted');
        } catch (error) {
          assert.ok(isPlatformError(error), String(error));
          assert.ok(!inspect(error, { depth: 9 }).includes(password));
          assert.equal(error.failure.where, 'DATABASE_DSN');
        }
      },
    ),
  );
});
