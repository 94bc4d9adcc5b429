import type { RunIdentity, StateName, StateWork } from './states.ts';

/**
 * Keeps a run beyond the folder in which it is computed, where that folder goes with its task. A folder that
 * stays needs none.
 */
export type RunKeeper = {
  /** Brings into the folder what is committed and these states need or may find already done. */
  readonly fetch: (
    runFolder: string,
    run: RunIdentity,
    states: readonly StateName[],
    work: StateWork,
  ) => Promise<void>;
  /**
   * Keeps everything that the folder has committed and that is not kept yet. Throws `S{n}_OUTPUT_CONFLICT` (73)
   * when an output is kept with other content.
   */
  readonly keep: (runFolder: string) => Promise<void>;
};
