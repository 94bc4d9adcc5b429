import { runSegment } from '../../../../lib/segment-5a/frame/run-segment.ts';
import type { StateName } from '../../../../lib/segment-5a/frame/states.ts';
import { encodeStrings, tableFrom } from '../../../../lib/tables/columns.ts';
import { statePrograms } from '../../../../tasks/segment/programs.ts';
import { smallWorld, type WorldTables } from '../make-world.ts';
import { calendarOf, type EventRow } from '../s4/calendars.ts';
import { policyFolder } from '../shipped-policies.ts';

const start = Date.parse('2026-01-01') / 60_000;
const hour = (at: number) => start + at * 60;

/** Events of every type and kind of scope, off the hour where a half-hour zone has its midnight. */
export const eventsOfEveryKind: readonly EventRow[] = [
  {
    type: 'PAYDAY',
    shape: 'ramp',
    peak: 1.4,
    rampIn: 6,
    rampOut: 24,
    country: 'IN',
    start: hour(18.5),
    end: hour(66.5),
  },
  {
    type: 'PAYDAY',
    shape: 'ramp',
    peak: 1.3,
    rampIn: 30,
    rampOut: 30,
    country: 'DE',
    demandClass: 'consumer_daytime',
    start: hour(40),
    end: hour(88),
  },
  { type: 'HOLIDAY', shape: 'constant', amplitude: 0.7, country: 'DE', start: hour(47), end: hour(71) },
  {
    type: 'HOLIDAY',
    shape: 'constant',
    country: 'DE',
    tzid: 'Europe/Berlin',
    start: hour(50),
    end: hour(60),
  },
  {
    type: 'OUTAGE',
    shape: 'constant',
    amplitude: 0.1,
    tzid: 'Europe/Berlin',
    start: hour(52),
    end: hour(55),
  },
  {
    type: 'CAMPAIGN',
    shape: 'constant',
    amplitude: 1.5,
    merchantId: 2n ** 63n,
    start: hour(100),
    end: hour(150),
  },
  { type: 'CAMPAIGN', shape: 'ramp', peak: 2, rampIn: 4, rampOut: 4, start: hour(45), end: hour(120) },
  { type: 'STRESS', shape: 'constant', amplitude: 1.6, country: 'US', start: hour(110), end: hour(130) },
];

/** Offsets as they suit a test: a quarter-hour zone, and one whose clocks change within the horizon. */
const offsets: readonly (readonly [tzid: string, from: number, offset: number])[] = [
  ['America/Chicago', hour(-1_000), -360],
  ['America/Chicago', hour(200), -300],
  ['America/New_York', hour(-1_000), -285],
  ['Asia/Dubai', hour(-1_000), 240],
  ['Asia/Kolkata', hour(-1_000), 330],
  ['Europe/Berlin', hour(-1_000), 60],
  ['Europe/Busingen', hour(-1_000), 60],
];

export function eventfulWorld(merchants = 12): WorldTables {
  const world = smallWorld(merchants);
  return {
    ...world,
    zoneOffsets: tableFrom({
      tzid: encodeStrings(offsets.map(([tzid]) => tzid)),
      from_utc_minute: { type: 'i32', values: Int32Array.from(offsets, ([, from]) => from) },
      offset_minutes: { type: 'i32', values: Int32Array.from(offsets, ([, , offset]) => offset) },
    }),
    calendars: {
      ...world.calendars,
      baseline_v1: calendarOf(eventsOfEveryKind),
      stress_v1: calendarOf(eventsOfEveryKind.slice(6)),
    },
  };
}

/** Runs states of a sealed world in a runs root. */
export function runStates(
  world: string,
  runsRoot: string,
  states: readonly StateName[],
  partition = { index: 0, count: 1 },
) {
  return runSegment({
    states,
    runsRoot,
    world,
    policies: policyFolder,
    runScenarioIds: [],
    scenarioIds: [],
    partition,
    signal: new AbortController().signal,
    report: () => {},
    imageDigest: 'local',
    programs: statePrograms,
  });
}
