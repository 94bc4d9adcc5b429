import { splitLaunchKey } from '../../../lib/vocabulary/identifiers.ts';
import { type FaultSchedule, faultsOf, placeOf, placesOf } from './fault-schedule.ts';

/** One task as it really was. */
export type TrueLaunch = {
  readonly launchKey: string;
  readonly beganAt: number;
  endedAt: number | undefined;
  /** What its process exited with; 128 and a signal's number when it was killed. */
  exitCode: number | undefined;
  /** Whether it wrote a result that says `done`. */
  didItsWork: boolean;
};

/** What really happened to the tasks of one cloud: kept by who runs them, seen by no product. */
export class Truth {
  readonly launches: TrueLaunch[] = [];
  /** Everything that must never be: two tasks of one launch key, or two of one place at a time or after its work. */
  readonly violations: string[] = [];

  /** `at`: milliseconds, by one clock for all. */
  began(launchKey: string, at: number): TrueLaunch {
    const key = splitLaunchKey(launchKey);
    if (this.launches.some((other) => other.launchKey === launchKey)) {
      this.violations.push(`${launchKey} was launched twice`);
    }
    const place = key === undefined ? launchKey : placeOf(key.state, key.number).place;
    const others = this.launches.filter((other) => {
      const parts = splitLaunchKey(other.launchKey);
      return parts !== undefined && placeOf(parts.state, parts.number).place === place;
    });
    const live = others.find(({ endedAt }) => endedAt === undefined || endedAt > at);
    if (live !== undefined) this.violations.push(`${launchKey} began while ${live.launchKey} ran`);
    const done = others.find((other) => other !== live && other.exitCode === 0 && other.didItsWork);
    if (done !== undefined) {
      this.violations.push(`${launchKey} began although ${done.launchKey} had done the work`);
    }
    const launch: TrueLaunch = {
      launchKey,
      beganAt: at,
      endedAt: undefined,
      exitCode: undefined,
      didItsWork: false,
    };
    this.launches.push(launch);
    return launch;
  }

  /**
   * Whether the execution did what it was for: the last attempt at every place of its machine ended well. A task
   * in which something was killed for memory did not, whatever it exited with.
   */
  verdict(schedule: FaultSchedule): 'pass' | 'failure' {
    return placesOf(schedule).every((place) => this.#placeDone(schedule, place)) ? 'pass' : 'failure';
  }

  #placeDone(schedule: FaultSchedule, place: string): boolean {
    const last = this.launches
      .map((launch) => ({ launch, key: splitLaunchKey(launch.launchKey) }))
      .filter(({ key }) => key !== undefined && placeOf(key.state, key.number).place === place)
      .sort((one, other) => (one.key?.number ?? 0) - (other.key?.number ?? 0))
      .at(-1);
    if (last?.key === undefined) return false;
    const { told } = faultsOf(schedule, last.key.state, last.key.number);
    return last.launch.didItsWork && last.launch.exitCode === 0 && told !== 'out-of-memory';
  }
}
