import type { FinishedStep, StepName } from './outcome.ts';
import type { StepScreen } from './step-screen.ts';

/** Runs a step, shows it, and remembers it. What it throws comes out as it is. */
export type RunStep = <Found>(
  name: StepName,
  work: () => Promise<Found>,
  say: (found: Found) => string,
) => Promise<Found>;

export type StepRunner = {
  readonly run: RunStep;
  readonly finished: () => readonly FinishedStep[];
  /** The step that runs, or that failed. */
  readonly current: () => StepName | undefined;
};

export function createStepRunner(screen: StepScreen, clock: () => number): StepRunner {
  const finished: FinishedStep[] = [];
  let current: StepName | undefined;
  return {
    run: async (name, work, say) => {
      const begun = clock();
      current = name;
      screen.begin(name);
      const found = await work();
      const says = say(found);
      screen.end(says);
      finished.push({ name, millis: clock() - begun, says });
      current = undefined;
      return found;
    },
    finished: () => finished,
    current: () => current,
  };
}
