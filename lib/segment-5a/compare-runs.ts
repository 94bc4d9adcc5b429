import type { RunContent } from './frame/run-content.ts';
import { type StateName, stateNames } from './frame/states.ts';

/** Something in which two runs are not the same run. */
export type RunDifference =
  | { readonly kind: 'identity'; readonly what: string; readonly before: string; readonly after: string }
  | {
      readonly kind: 'content';
      readonly state: StateName;
      readonly path: string;
      /** Content digests; `none` where there is no such file. */
      readonly before: string;
      readonly after: string;
    };

export type StateComparison = {
  readonly state: StateName;
  readonly files: number;
  readonly same: boolean;
  /** Wall seconds; `undefined` where the state was not run. */
  readonly before: number | undefined;
  readonly after: number | undefined;
};

export type RunComparison = {
  readonly equivalent: boolean;
  readonly differences: readonly RunDifference[];
  readonly states: readonly StateComparison[];
};

/**
 * Whether two runs are the same run: same world, same policies, same content in every committed file,
 * same validation bundle. Only then may their times be compared. Bytes of Parquet files may differ;
 * their values may not. Pure.
 */
export function compareRuns(before: RunContent, after: RunContent): RunComparison {
  const differences: RunDifference[] = [];
  const identity = (what: string, one: string | undefined, other: string | undefined) => {
    if (one !== undefined && one === other) return;
    differences.push({ kind: 'identity', what, before: one ?? 'none', after: other ?? 'none' });
  };
  identity('manifest_fingerprint', before.manifestFingerprint, after.manifestFingerprint);
  identity('parameter_hash', before.parameterHash, after.parameterHash);
  const states = stateNames.map((state): StateComparison => {
    const [one, other] = [before.files.get(state) ?? new Map(), after.files.get(state) ?? new Map()];
    const paths = [...new Set([...one.keys(), ...other.keys()])].toSorted();
    const own = paths.flatMap((path): readonly RunDifference[] => {
      const [was, is] = [one.get(path) ?? 'none', other.get(path) ?? 'none'];
      return was === is ? [] : [{ kind: 'content', state, path, before: was, after: is }];
    });
    differences.push(...own);
    return {
      state,
      files: paths.length,
      same: own.length === 0,
      before: before.seconds.get(state),
      after: after.seconds.get(state),
    };
  });
  identity('validation_bundle', before.bundleDigest, after.bundleDigest);
  return { equivalent: differences.length === 0, differences, states };
}
