/** By workflow: the states that launch a task in every execution that succeeds, in their order. */
export const neededLaunches: Readonly<Record<string, readonly string[]>> = {
  'bounded-burst': ['Open', 'Lane', 'Close'],
  'one-shot': ['Run'],
  'segment-5a': ['Prepare', 'Lane', 'Validate'],
};

/**
 * The states that have yet to launch a task before the execution that launched in `states` can succeed;
 * `undefined` where no workflow launches in all of `states`. Pure.
 */
export function statesNotLaunched(states: ReadonlySet<string>): readonly string[] | undefined {
  const needed = Object.values(neededLaunches).find((one) =>
    [...states].every((state) => one.includes(state)),
  );
  return needed?.filter((state) => !states.has(state));
}
