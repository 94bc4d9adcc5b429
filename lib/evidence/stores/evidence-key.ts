import { fail } from '../../vocabulary/failure.ts';

const part = /^[A-Za-z0-9._=+-]+$/;

/** Refuses a key that is not lawful in every store (`EVIDENCE_KEY_INVALID`, 64); returns its parts. */
export function partsOfKey(key: string): readonly string[] {
  const parts = key.split('/');
  if (key.length <= 900 && parts.every((text) => part.test(text) && text !== '.' && text !== '..'))
    return parts;
  return fail({
    exit: 'usage',
    code: 'EVIDENCE_KEY_INVALID',
    message: 'not a key of the evidence store',
    where: 'key',
    value: key.slice(0, 200),
    remedy: 'Use parts of A–Z a–z 0–9 . _ = + - joined by /, without empty, . or .. parts.',
  });
}
