import type { S3Operation } from './request.ts';

/**
 * What may go wrong with one request.
 *
 * Before any effect: `throttled` (503 SlowDown), `failing` (500), `reset` (the connection), `silent` (no answer,
 * ever), `conflict` (409), `denied` (403), `expired` (the token), `garbled` (a byte of the body changes on its way).
 * After the effect: `lost-reply` (reset instead of the answer), `failing-late` (500 all the same).
 * While it arrives: `slow-intake` (its body is read slowly, and then it is answered).
 * In the answer: `half-body`, `altered-body` (one bit), `slow-body` (a byte at a time, for ever).
 */
export type S3FaultKind =
  | 'throttled'
  | 'failing'
  | 'reset'
  | 'silent'
  | 'conflict'
  | 'denied'
  | 'expired'
  | 'garbled'
  | 'lost-reply'
  | 'failing-late'
  | 'slow-intake'
  | 'half-body'
  | 'altered-body'
  | 'slow-body';

export type S3Fault = {
  readonly kind: S3FaultKind;
  /** Any operation without it. */
  readonly operation?: S3Operation;
  /** Only keys that contain this. */
  readonly key?: string;
};

/** Number of the request among all, from 1, with what it is. */
export type S3Moment = { readonly number: number; readonly operation: S3Operation; readonly key: string };

/** Takes the first fault of a list that strikes a request; each strikes once. */
export function takeFault(faults: S3Fault[], { operation, key }: S3Moment): S3FaultKind | undefined {
  const at = faults.findIndex(
    (fault) =>
      (fault.operation === undefined || fault.operation === operation) && key.includes(fault.key ?? ''),
  );
  return at === -1 ? undefined : faults.splice(at, 1)[0]?.kind;
}
