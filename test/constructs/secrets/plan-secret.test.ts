import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import {
  planSecret,
  rotationDescription,
  type SecretPlan,
  type SecretVersion,
} from '../../../lib/constructs/secrets/plan-secret.ts';
import type { SecretWish } from '../../../lib/constructs/secrets/secret-wish.ts';
import { parseDsn } from '../../../lib/database/dsn.ts';

const login = (rotation: number, host = 'db.internal'): SecretWish => ({
  kind: 'login-dsn',
  name: '/fraud-platform/test/database/probe/dsn',
  role: 'fraud_probe',
  host,
  port: 5432,
  database: 'fraud_platform',
  rotation,
});
const counter = () => {
  let drawn = 0;
  const draw = () => {
    drawn += 1;
    return `drawn-${drawn}-${'x'.repeat(30)}`;
  };
  return { draw, count: () => drawn };
};
const passwordOf = (value: string) => parseDsn(value, 'test').password();

/** Applies a plan as Parameter Store would. */
function apply(history: readonly SecretVersion[], plan: SecretPlan): readonly SecretVersion[] {
  if (plan.kind === 'keep') return history;
  const version = Math.max(0, ...history.map((one) => one.version)) + 1;
  return [...history, { version, value: plan.value, description: plan.description }];
}
const nothing = { followed: [], masterPassword: undefined };

test('rotations and moves in any order: one password a rotation, whenever it is wished for again', () => {
  fc.assert(
    fc.property(
      fc.array(fc.record({ rotation: fc.integer({ min: 1, max: 4 }), host: fc.constantFrom('a', 'b') })),
      (wishes) => {
        const { draw, count } = counter();
        let history: readonly SecretVersion[] = [];
        const passwords = new Map<number, string>();
        for (const { rotation, host } of wishes) {
          history = apply(history, planSecret(login(rotation, host), { history, ...nothing }, draw));
          const dsn = parseDsn(history.at(-1)?.value ?? '', 'test');
          assert.equal(dsn.host, host);
          assert.equal(dsn.user, 'fraud_probe');
          assert.equal(passwords.get(rotation) ?? dsn.password(), dsn.password());
          passwords.set(rotation, dsn.password());
          assert.equal(planSecret(login(rotation, host), { history, ...nothing }, draw).kind, 'keep');
        }
        assert.equal(count(), passwords.size);
        assert.equal(new Set(passwords.values()).size, passwords.size);
      },
    ),
  );
});

test('the order of the history does not matter', () => {
  const { draw } = counter();
  const first = apply([], planSecret(login(1), { history: [], ...nothing }, draw));
  const history = apply(first, planSecret(login(2), { history: first, ...nothing }, draw));
  assert.deepEqual(planSecret(login(2), { history: [...history].reverse(), ...nothing }, draw), {
    kind: 'keep',
    version: 2,
  });
});

const spoilt: readonly [string, string][] = [
  ['blank', ''],
  ['a placeholder', 'REPLACE_ME'],
  ['no DSN', 'hunter2'],
  ['another role’s', 'postgresql://fraud_gate:secret@db:5432/fraud_platform?sslmode=verify-full'],
  ['without verified TLS', 'postgresql://fraud_probe:secret@db:5432/fraud_platform'],
];
for (const [what, value] of spoilt) {
  test(`a stored value that is ${what} is replaced by a drawn one`, () => {
    const { draw, count } = counter();
    const history = [{ version: 7, value, description: rotationDescription(1) }];
    const plan = planSecret(login(1), { history, ...nothing }, draw);
    assert.ok(plan.kind === 'put' && parseDsn(plan.value, 'test').user === 'fraud_probe');
    assert.equal(count(), 1);
  });
}

test('a value put by hand, without a rotation, is not kept', () => {
  const { draw, count } = counter();
  const value = 'postgresql://fraud_probe:by-hand@db.internal:5432/fraud_platform?sslmode=verify-full';
  planSecret(login(1), { history: [{ version: 1, value, description: '' }], ...nothing }, draw);
  assert.equal(count(), 1);
});

test('the owner’s DSN follows the password that RDS rotates, and draws none', () => {
  const wish: SecretWish = {
    kind: 'master-dsn',
    name: '/p',
    role: 'fraud_master',
    host: 'db',
    port: 5432,
    database: 'd',
    masterSecret: 'arn',
    rotation: 1,
  };
  const { draw, count } = counter();
  const plan = (history: readonly SecretVersion[], masterPassword: string) =>
    planSecret(wish, { history, followed: [], masterPassword }, draw);
  const history = apply([], plan([], 'p@ss/w:rd'));
  assert.equal(passwordOf(history[0]?.value ?? ''), 'p@ss/w:rd');
  assert.equal(plan(history, 'p@ss/w:rd').kind, 'keep');
  const rotated = plan(history, 'another');
  assert.ok(rotated.kind === 'put' && passwordOf(rotated.value) === 'another');
  assert.equal(count(), 0);
  assert.throws(() => planSecret(wish, { history, ...nothing }, draw), /was not read/);
});

test('at a rotation the key becomes what the next key was, whichever of the two is written first', () => {
  const key = (name: string, rotation: number, follows?: string): SecretWish => ({
    kind: 'api-key',
    name,
    rotation,
    minimumLength: 24,
    ...(follows === undefined ? {} : { follows }),
  });
  for (const order of [
    ['key', 'next'],
    ['next', 'key'],
  ]) {
    const { draw } = counter();
    const histories: Record<string, readonly SecretVersion[]> = { key: [], next: [] };
    const write = (rotation: number) => {
      for (const name of order) {
        const follows = name === 'key' ? '/next' : undefined;
        const plan = planSecret(
          key(`/${name}`, rotation, follows),
          {
            history: histories[name] ?? [],
            followed: follows === undefined ? [] : (histories.next ?? []),
            masterPassword: undefined,
          },
          draw,
        );
        histories[name] = apply(histories[name] ?? [], plan);
      }
    };
    const current = (name: string) => histories[name]?.at(-1)?.value;
    write(1);
    const next = current('next');
    assert.notEqual(current('key'), next);
    write(2);
    assert.equal(current('key'), next);
    assert.notEqual(current('next'), next);
    write(1);
    assert.equal(current('next'), next, 'a rollback brings back what was');
  }
});

test('a key shorter than a contract asks for is drawn anew', () => {
  const { draw, count } = counter();
  const history = [{ version: 1, value: 'short', description: rotationDescription(1) }];
  planSecret({ kind: 'api-key', name: '/k', rotation: 1, minimumLength: 24 }, { history, ...nothing }, draw);
  assert.equal(count(), 1);
});
