import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { completeLock, parseLock } from './lock/complete-lock.ts';

/** Run after every change of dependencies; `npm ci` on another machine needs the entries it adds. */
const path = join(import.meta.dirname, '..', 'package-lock.json');
const { lock, added } = completeLock(parseLock(readFileSync(path, 'utf8')));
if (added.length > 0) writeFileSync(path, `${JSON.stringify(lock, null, 2)}\n`);
console.log(added.length === 0 ? 'the lock file is complete' : `added: ${added.join(', ')}`);
