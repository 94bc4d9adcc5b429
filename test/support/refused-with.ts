import assert from 'node:assert/strict';
import { isPlatformError } from '../../lib/vocabulary/failure.ts';

/** For `assert.rejects` and `assert.throws`: the refusal with this code and no other. */
export function refusedWith(code: string): (error: unknown) => true {
  return (error) => {
    assert.ok(isPlatformError(error), String(error));
    assert.equal(error.failure.code, code, error.message);
    return true;
  };
}
