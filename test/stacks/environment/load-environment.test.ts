import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';
import fc from 'fast-check';
import { contains, overlaps, parseCidr } from '../../../lib/stacks/environment/cidr.ts';
import { idleCostUsd } from '../../../lib/stacks/environment/idle-cost.ts';
import { parseEnvironment } from '../../../lib/stacks/environment/load-environment.ts';
import { environmentNamed, environments } from '../../support/environments.ts';

const folder = join(import.meta.dirname, '..', '..', '..', 'config', 'environments');
const textOfFile = (name: string) => readFileSync(join(folder, `${name}.yaml`), 'utf8');

test('three environments are shipped, and each is read', () => {
  assert.deepEqual(
    environments.map(({ name }) => name),
    ['dev-min', 'prod', 'staging'],
  );
});

/** What is changed in which file, and what the refusal names. */
const refused: readonly [what: string, name: string, from: string, to: string, key: string, why: RegExp][] = [
  ['an unknown key', 'dev-min', 'budget:', 'more: 1\nbudget:', '', /more/],
  ['an unknown key inside', 'dev-min', '  multiAz: false', '  multiAZ: false', 'database', /multiAZ/],
  [
    'a key given twice',
    'dev-min',
    'region: eu-west-2',
    'region: eu-west-2\nregion: eu-west-1',
    '',
    /unique/i,
  ],
  [
    'a placeholder',
    'dev-min',
    'breakGlassRole: null',
    'breakGlassRole: REPLACE_ME',
    'breakGlassRole',
    /placeholder/,
  ],
  ['a name that RDS refuses', 'dev-min', 'name: dev-min', 'name: dev--min', 'name', /one - at a time/],
  ['a name that DNS refuses', 'dev-min', 'name: dev-min', 'name: dev-', 'name', /none at the end/],
  [
    'a region of another partition',
    'dev-min',
    'region: eu-west-2',
    'region: us-gov-west-1',
    'region',
    /another partition/,
  ],
  [
    'a placeholder in a list',
    'dev-min',
    'emails: []',
    'emails: [ops@example.com]',
    'alarms.emails.0',
    /placeholder/,
  ],
  [
    'an account that is none',
    'dev-min',
    'account: null',
    "account: '000000000000'",
    'account',
    /equal digits/,
  ],
  [
    'a digest of zeros',
    'prod',
    'digest: null',
    `digest: 'sha256:${'0'.repeat(64)}'`,
    'image.digest',
    /repeated/,
  ],
  ['a tag for a digest', 'prod', 'digest: null', 'digest: latest', 'image.digest', /digest/],
  [
    'overlapping ranges',
    'dev-min',
    'tasks: 10.42.4.0/22',
    'tasks: 10.42.2.0/23',
    'network.zones.1.tasks',
    /overlaps 10\.42\.0\.0\/22/,
  ],
  [
    'a range outside the network',
    'dev-min',
    'tasks: 10.42.4.0/22',
    'tasks: 10.99.4.0/22',
    'network.zones.1.tasks',
    /outside/,
  ],
  [
    'a range with bits beyond its prefix',
    'dev-min',
    'cidr: 10.42.0.0/16',
    'cidr: 10.42.0.1/16',
    'network.cidr',
    /CIDR/,
  ],
  [
    'a network larger than AWS takes',
    'dev-min',
    'cidr: 10.42.0.0/16',
    'cidr: 10.0.0.0/8',
    'network.cidr',
    /\/16 to \/28/,
  ],
  [
    'a zone of another region',
    'dev-min',
    'name: eu-west-2b',
    'name: eu-west-1b',
    'network.zones.1.name',
    /eu-west-2/,
  ],
  ['one zone twice', 'dev-min', 'name: eu-west-2b', 'name: eu-west-2a', 'network.zones.1.name', /twice/],
  [
    'logs below the minimum',
    'dev-min',
    'logs:\n  retentionDays: 30',
    'logs:\n  retentionDays: 7',
    'logs.retentionDays',
    /30/,
  ],
  [
    'production logs below the minimum',
    'prod',
    'logs:\n  retentionDays: 365',
    'logs:\n  retentionDays: 60',
    'logs.retentionDays',
    /90/,
  ],
  [
    'production evidence below the minimum',
    'prod',
    'evidence:\n  retentionDays: 365',
    'evidence:\n  retentionDays: 30',
    'evidence.retentionDays',
    /365/,
  ],
  ['no backups', 'dev-min', 'backupDays: 1', 'backupDays: 0', 'database.backupDays', /backups/],
  ['production without a standby', 'prod', 'multiAz: true', 'multiAz: false', 'database.multiAz', /standby/],
  [
    'production without protection',
    'prod',
    'deletionProtection: true',
    'deletionProtection: false',
    'database.deletionProtection',
    /deletion/,
  ],
  [
    'production on public addresses',
    'prod',
    'mode: private',
    'mode: public-tasks',
    'network.mode',
    /private/,
  ],
  [
    'a budget below the idle cost',
    'staging',
    'monthlyUsd: 150',
    'monthlyUsd: 80',
    'budget.monthlyUsd',
    /112 USD/,
  ],
  [
    'another version of PostgreSQL',
    'dev-min',
    'engineVersion: "17.9"',
    'engineVersion: "16.4"',
    'database.engineVersion',
    /17/,
  ],
  ['a name that is not the file’s', 'dev-min', 'name: dev-min', 'name: dev-max', 'name', /name of the file/],
];

for (const [what, name, from, to, key, why] of refused) {
  test(`${what} is refused, with file and key`, () => {
    const text = textOfFile(name);
    assert.ok(text.includes(from), from);
    const file = `config/environments/${name}.yaml`;
    assert.throws(
      () => parseEnvironment(text.replace(from, to), file),
      (error: { failure?: { code: string; where?: string; message: string; exit: string } }) => {
        assert.equal(error.failure?.code, 'ENVIRONMENT_MALFORMED');
        assert.equal(error.failure.exit, 'refused');
        assert.match(error.failure.message, why);
        const line = error.failure.message.split('\n').find((one) => why.test(one));
        assert.ok(line?.startsWith([file, key].filter((part) => part !== '').join(': ')), line);
        return true;
      },
    );
  });
}

test('every fault of a file is told, not the first one only', () => {
  const text = textOfFile('dev-min')
    .replace('backupDays: 1', 'backupDays: 0')
    .replace('monthlyUsd: 30', 'monthlyUsd: -1');
  assert.throws(() => parseEnvironment(text, 'dev-min.yaml'), /backupDays[\s\S]*monthlyUsd/);
});

test('the idle cost is what the design says: 18 USD for the cheap one, endpoints 80 in two zones', () => {
  const devMin = environmentNamed('dev-min');
  assert.equal(Math.round(idleCostUsd(devMin)), 18);
  const isolated = { ...devMin, network: { ...devMin.network, mode: 'private' as const } };
  assert.equal(Math.round(idleCostUsd(isolated) - idleCostUsd(devMin)), 80);
});

test('ranges: a part is contained, and overlaps its whole; siblings share nothing', () => {
  fc.assert(
    fc.property(fc.integer({ min: 0, max: 255 }), fc.integer({ min: 17, max: 28 }), (second, prefix) => {
      const whole = parseCidr(`10.${second}.0.0/16`) ?? assert.fail();
      const size = 2 ** (32 - prefix);
      const dotted = (value: number) => `10.${second}.${Math.floor(value / 256)}.${value % 256}/${prefix}`;
      const one = parseCidr(dotted(0)) ?? assert.fail();
      const next = parseCidr(dotted(size)) ?? assert.fail();
      assert.ok(contains(whole, one) && contains(whole, next) && overlaps(whole, one));
      assert.ok(!overlaps(one, next) && !contains(one, whole));
    }),
  );
});

for (const text of ['10.0.0.0', '10.0.0.0/33', '10.0.0.256/24', '10.0.0.1/24', '10.0.0.0/a', ' 10.0.0.0/8']) {
  test(`${text} is no range`, () => assert.equal(parseCidr(text), undefined));
}
