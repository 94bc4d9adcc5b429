import type { z } from 'zod';
import { planDigest } from '../../burst/plan.ts';
import { closedScopeSchema, type OpenedScope, openedScopeSchema } from '../../burst/scope-results.ts';
import { parseCanonicalJson } from '../../evidence/format/canonical-json.ts';
import { sha256Of } from '../../evidence/format/digest.ts';
import { parseEvidence } from '../../evidence/format/parse-evidence.ts';
import { executionRecordSchema, type TaskRecord, taskRecordSchema } from '../../recorder/task-record.ts';
import { type LaunchResult, launchResultSchema } from '../../runtime/result.ts';
import { exitCodes } from '../../vocabulary/exit-codes.ts';
import { compareLaunchKeys, type Sha256, splitLaunchKey } from '../../vocabulary/identifiers.ts';
import { millisOf } from '../../vocabulary/instant.ts';
import { launchesDocumentPath, recomputeVerdict, type VerdictSubject } from '../verdict-document.ts';
import { type BurstFigures, known, unknown } from './figures.ts';
import { type BurstGateSpec, gateSpecDigest } from './gate-spec.ts';
import { lanesOf } from './lane-figures.ts';
import { measureBurst } from './measures.ts';
import { isLane, silentLanes } from './silent-lanes.ts';
import { misplacedLanes } from './step-order.ts';
import { outputOfState } from './step-output.ts';

/** One file of the sealed bundle of an execution, as its bundle describes it. */
export type EvidenceItem = {
  /** Below `data/`. */
  readonly path: string;
  readonly origin: 'native' | 'derived' | 'manual';
  readonly sha256: string;
  readonly content: Uint8Array;
};

export type ReadEvidence = {
  readonly figures: BurstFigures;
  /** The gate that was launched, when it is what its digest says. */
  readonly spec: BurstGateSpec | undefined;
  readonly opened: OpenedScope | undefined;
  readonly refs: readonly Pick<EvidenceItem, 'path' | 'origin' | 'sha256'>[];
};

/** Without these nobody could tell what else is missing. */
const indispensable = ['intent.json', 'verdict.json', launchesDocumentPath, 'execution-record.json'];

/**
 * What the evidence of a burst says. Pure. An item whose bytes are not those of its digest, that was made
 * by hand, that is about another environment, run or execution, that is older than its execution, or that
 * does not parse, is named and not used: what it would have said is then unknown.
 */
export function readFigures(subject: VerdictSubject, items: readonly EvidenceItem[]): ReadEvidence {
  const unusable: string[] = [];
  const foreign: string[] = [];
  const files = new Map<string, Uint8Array>();
  for (const { path, origin, sha256, content } of items) {
    if (sha256Of(content) !== sha256) unusable.push(`${path} was altered`);
    else if (origin === 'manual') unusable.push(`${path} was made by hand`);
    else files.set(path, content);
  }
  const use = <Schema extends z.ZodType>(
    path: string,
    schema: Schema,
    strangers: (value: z.infer<Schema>) => readonly (string | undefined)[],
  ): z.infer<Schema> | undefined => {
    const value = parseEvidence(files.get(path), schema);
    if (value === undefined) {
      if (files.has(path)) unusable.push(`${path} is not what it should be`);
      return undefined;
    }
    const stranger = strangers(value).find((what) => what !== undefined);
    if (stranger === undefined) return value;
    foreign.push(`${path} is about ${stranger}`);
    return undefined;
  };
  const unless = (found: string, wanted: string) => (found === wanted ? undefined : found);
  const { environment, executionId, runId } = subject;
  for (const path of indispensable) if (!files.has(path)) unusable.push(`${path} is missing`);

  const execution = use('execution-record.json', executionRecordSchema, (record) => [
    unless(record.environment, environment),
    unless(record.execution_id, executionId),
  ]);
  const found: TaskRecord[] = [];
  const results: LaunchResult[] = [];
  for (const path of [...files.keys()].sort()) {
    const [, state, number, name] = /^launches\/([^/]+)\/(\d+)\/(task-record|result)\.json$/.exec(path) ?? [];
    if (state === undefined) continue;
    const key = `${executionId}/${state}/${number}`;
    if (name === 'task-record') {
      const record = use(path, taskRecordSchema, (one) => [
        unless(one.environment, environment),
        unless(one.launch_key, key),
      ]);
      if (record === undefined) continue;
      const stale =
        execution !== undefined &&
        record.started_at !== null &&
        millisOf(record.started_at) < millisOf(execution.started_at) - 60_000;
      const reversed =
        record.started_at !== null &&
        record.stopped_at !== null &&
        millisOf(record.stopped_at) < millisOf(record.started_at);
      if (stale) unusable.push(`${path} is older than its execution`);
      else if (reversed) unusable.push(`${path} stops before it starts`);
      else found.push(record);
    } else {
      const result = use(path, launchResultSchema, (found) => [
        unless(found.environment, environment),
        unless(found.run_id, runId),
        unless(found.launch_key, key),
      ]);
      if (result !== undefined) results.push(result);
    }
  }
  // The files are in the order of their paths as text, where launch 10 comes before launch 9.
  results.sort((one, other) => compareLaunchKeys(one.launch_key, other.launch_key));
  const misplaced = misplacedLanes(found);
  for (const { launch_key } of misplaced) unusable.push(`${launch_key} did not run between Open and Close`);
  const records = found.filter((record) => !misplaced.includes(record));
  const opened = outputOfState(results, 'Open', openedScopeSchema);
  const closed = outputOfState(results, 'Close', closedScopeSchema);
  for (const [name, output] of [
    ['Open', opened],
    ['Close', closed],
  ] as const) {
    if (output !== undefined && output.run_id !== runId)
      foreign.push(`the result of ${name} is about ${output.run_id}`);
  }
  const laneRecords = records.filter(isLane);
  const laneNumbers = laneNumbersIn(files);
  const silent = silentLanes(
    laneNumbers.map((number) => `${executionId}/Lane/${number}`),
    records,
    results,
  );
  const measures = measureBurst(records, results);
  const own = closed?.run_id === runId ? closed : undefined;
  return {
    opened,
    spec:
      opened !== undefined && gateSpecDigest(opened.gate_spec) === opened.gate_spec_sha256
        ? opened.gate_spec
        : undefined,
    refs: items.map(({ path, origin, sha256 }) => ({ path, origin, sha256 })),
    figures: {
      execution: executionOf(files),
      launched: launchedOf(opened),
      taskLife: taskLifeOf(measures.task_life, laneRecords, laneNumbers),
      load: loadOf(measures.load, silent),
      receipts: own === undefined ? unknown('nobody has counted the receipts after the end') : known(own),
      checkpoints:
        own === undefined ? unknown('nobody has read the checkpoints after the end') : known(own.checkpoints),
      lanes: lanesOf(opened, results),
      refusedLaunches: laneRecords.filter(({ exit_code }) => exit_code === exitCodes.refused).length,
      foreign,
      unusable,
    },
  };
}

function executionOf(files: ReadonlyMap<string, Uint8Array>): BurstFigures['execution'] {
  const document = recomputeVerdict(files);
  if (document === undefined) return unknown('there is no verdict about the execution');
  const json = parseCanonicalJson(document, 'verdict.json');
  if (typeof json !== 'object' || json === null || !('verdict' in json) || !('reasons' in json)) {
    return unknown('there is no verdict about the execution');
  }
  const { verdict, reasons } = json;
  if (verdict !== 'PASS' && verdict !== 'FAIL' && verdict !== 'INDETERMINATE') return unknown('no verdict');
  return known({ verdict, reasons: Array.isArray(reasons) ? reasons.map(String) : [] });
}

function launchedOf(opened: OpenedScope | undefined): BurstFigures['launched'] {
  if (opened === undefined) return unknown('nobody tells which plan and which gate were launched');
  const { plan, plan_sha256, gate_spec, gate_spec_sha256 } = opened;
  if (planDigest(plan) !== plan_sha256) return unknown('the plan is not the one of its digest');
  if (gateSpecDigest(gate_spec) !== gate_spec_sha256) return unknown('the gate is not the one of its digest');
  const digest: Sha256 = plan_sha256;
  return known({ plan, planSha256: digest, gateSpecSha256: gate_spec_sha256 });
}

/** Launches of lanes that have left anything at all. */
function laneNumbersIn(files: ReadonlyMap<string, Uint8Array>): readonly string[] {
  const found = [...files.keys()].flatMap((path) => /^launches\/Lane\/(\d+)\//.exec(path)?.[1] ?? []);
  return [...new Set(found)];
}

/** The window of all lane tasks: one without a record, a start or a stop makes it unknown. */
function taskLifeOf(
  window: ReturnType<typeof measureBurst>['task_life'],
  records: readonly TaskRecord[],
  laneNumbers: readonly string[],
): BurstFigures['taskLife'] {
  for (const number of laneNumbers) {
    const record = records.find(({ launch_key }) => launch_key.endsWith(`/Lane/${number}`));
    if (record === undefined) return unknown(`launch Lane/${number} has no task record`);
    if (record.stopped_at === null) return unknown(`when launch Lane/${number} stopped is not known`);
  }
  return window === null ? unknown('no lane has a task record with its times') : known(window);
}

/** The window of all that was sent: one launch that may have sent and does not say so makes it unknown. */
function loadOf(
  window: ReturnType<typeof measureBurst>['load'],
  silent: readonly string[],
): BurstFigures['load'] {
  const launches = silent.flatMap((launchKey) => splitLaunchKey(launchKey)?.number ?? []);
  if (silent.length > 0) return unknown(`launch Lane/${launches.join(', Lane/')} left no result`);
  return window === null ? unknown('no lane tells of an answer') : known(window);
}
