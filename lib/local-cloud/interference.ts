import { z } from 'zod';

/**
 * What a test may do to a cloud from the inside, where its operator does not see it. Every member is called
 * at one place, and what it does is what AWS was seen to do; the cloud goes on as if it had happened.
 */
export type Interference = {
  /**
   * Around the RunTask of a state machine. May reject with a `StatesError` instead of launching, or after it;
   * the state machine is told that and nothing else.
   */
  readonly runTask: <Task>(launchKey: string | undefined, launch: () => Promise<Task>) => Promise<Task>;
  /** Before a task that was accepted starts. May reject with `NotStarted`; the task then ends without having run. */
  readonly beforeStart: (launchKey: string | undefined) => Promise<void>;
  /** What ECS says of a task, in the shape of DescribeTasks, to state machines and recorder. */
  readonly tell: (task: Record<string, unknown>) => Record<string, unknown>;
  /** Delivers an event to the recorder: now, later, more than once, or never. */
  readonly deliver: (event: unknown, record: (event: unknown) => void) => void;
  /** Whether ECS still knows of a stopped task, which it described so. */
  readonly remembers: (task: Record<string, unknown>) => boolean;
};

/** Why a task did not start, in ECS's words: the `stoppedReason` of `TaskFailedToStart`. */
export class NotStarted extends Error {}

/** The cloud as it is when nobody tests it. */
export const noInterference: Interference = {
  runTask: (_, launch) => launch(),
  beforeStart: async () => undefined,
  tell: (task) => task,
  deliver: (event, record) => record(event),
  remembers: () => true,
};

/** Which module interferes, and what it is told. Its export `interfere` takes the argument. */
export const interferenceOptionSchema = z.object({ module: z.string(), argument: z.string() });

const moduleSchema = z.object({
  interfere: z.custom<(argument: string) => Interference>((value) => typeof value === 'function'),
});

/** Loads the interference that the options name, if they name one. */
export async function loadInterference(
  option: z.infer<typeof interferenceOptionSchema> | undefined,
): Promise<Interference> {
  if (option === undefined) return noInterference;
  return moduleSchema.parse(await import(option.module)).interfere(option.argument);
}
