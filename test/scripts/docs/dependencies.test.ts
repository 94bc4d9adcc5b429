import assert from 'node:assert/strict';
import { readFile } from 'node:fs/promises';
import { test } from 'node:test';
import { dependencyReasons, licenceNotes, plainLicences } from '../../../scripts/docs/dependency-reasons.ts';
import {
  lockedPackages,
  lockSchema,
  manifestSchema,
  renderDependencies,
} from '../../../scripts/docs/render-dependencies.ts';

const read = (name: string) => readFile(new URL(`../../../${name}`, import.meta.url), 'utf8');
const manifest = manifestSchema.parse(JSON.parse(await read('package.json')));
const lock = lockSchema.parse(JSON.parse(await read('package-lock.json')));
const packages = lockedPackages(manifest, lock);
const direct = [...Object.keys(manifest.dependencies), ...Object.keys(manifest.devDependencies)];

test('every dependency has a reason, and every reason a dependency', () => {
  assert.deepEqual(Object.keys(dependencyReasons).sort(), [...direct].sort());
  for (const [name, reason] of Object.entries(dependencyReasons)) {
    assert.ok(reason.length > 20 && reason.endsWith('.'), `${name}: ${reason}`);
  }
});

test('every licence is known, and one that is not plain has a word', () => {
  for (const { name, licence } of packages) {
    assert.ok(plainLicences.has(licence) || licence in licenceNotes, `${name} is under ${licence}`);
  }
  const used = new Set(packages.map(({ licence }) => licence));
  for (const licence of Object.keys(licenceNotes))
    assert.ok(used.has(licence), `nothing is under ${licence}`);
});

test('every package is brought by something that is asked for, at an exact version', () => {
  for (const { name, broughtBy } of packages) assert.ok(broughtBy.length > 0, name);
  for (const version of Object.values({ ...manifest.dependencies, ...manifest.devDependencies })) {
    assert.match(version, /^\d+\.\d+\.\d+(?:-[\w.]+)?$/);
  }
});

test('what brings a package along is found where Node would look', () => {
  const found = lockedPackages(
    { license: 'MIT', dependencies: { one: '1.0.0' }, devDependencies: { other: '1.0.0' } },
    lockSchema.parse({
      packages: {
        '': {},
        'node_modules/one': { version: '1.0.0', license: 'MIT', dependencies: { shared: '1' } },
        'node_modules/one/node_modules/shared': { version: '1.0.0', license: 'ISC' },
        'node_modules/other': { version: '1.0.0', license: 'MIT', dependencies: { shared: '2' } },
        'node_modules/shared': {
          version: '2.0.0',
          license: 'MIT',
          optionalDependencies: { 'x-linux-x64': '1', 'x-win32-x64': '1' },
        },
        'node_modules/x-linux-x64': { version: '1.0.0', license: '0BSD' },
        'node_modules/x-win32-x64': { version: '1.0.0' },
      },
    }),
  );
  assert.deepEqual(
    found.map(({ name, version, licence, broughtBy }) => [name, version, licence, broughtBy.join()]),
    [
      ['one', '1.0.0', 'MIT', 'one'],
      ['other', '1.0.0', 'MIT', 'other'],
      ['shared', '1.0.0', 'ISC', 'one'],
      ['shared', '2.0.0', 'MIT', 'other'],
      ['x-linux-x64', '1.0.0', '0BSD', 'other'],
      ['x-win32-x64', '1.0.0', '0BSD', 'other'],
    ],
  );
});

test('the page of dependencies is what the project asks for', async () => {
  const page = renderDependencies(manifest, lock, dependencyReasons, plainLicences, licenceNotes);
  assert.ok((await read('docs/dependencies.md')) === page, 'run npm run docs');
});
