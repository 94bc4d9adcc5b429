import { Frontier } from '../../lib/burst/frontier.ts';
import type { LaneResult } from '../../lib/burst/lane-result.ts';
import { laneSchedule, shareOf } from '../../lib/burst/rate-schedule.ts';
import type { TaskOutcome } from '../../lib/runtime/task-program.ts';
import { type Failure, failureOf } from '../../lib/vocabulary/failure.ts';
import { instantFromMillis } from '../../lib/vocabulary/instant.ts';
import { type BurstContext, databaseWish, requireReviewed } from './burst-context.ts';
import { verifySource } from './burst-source.ts';
import { takeCheckpoint } from './checkpoint.ts';
import { openGate } from './gate-client.ts';
import { keepCheckpoint } from './keep-checkpoint.ts';
import { type EventFrame, eventLine, LaneSource } from './lane-source.ts';
import { LaneTally } from './lane-tally.ts';
import { type LaneEnd, sendLane } from './send-lane.ts';

const progressMillis = 1_000;

/**
 * Sends one lane of a burst, from its checkpoint on, and says what became of every event. Whatever ends
 * it, the frontier is flushed first and the counts are in the result.
 */
export async function runLane(context: BurstContext, lane: number): Promise<TaskOutcome> {
  const { plan, source, launch, log, signal } = context;
  requireReviewed(context);
  const verified = await verifySource(source, context.scratch, signal);
  log('source-verified', { source_sha256: verified.sourceSha256 });
  const own = await verified.lane(context.scratch, lane, plan.lanes);
  const events = new LaneSource(own.events);
  const gate = await openGate(
    context.settings.GATE_URL ?? '',
    context.secrets.GATE_API_KEY ?? '',
    plan.in_flight,
    signal,
  );
  const owner = {
    runId: launch.runId,
    executionId: launch.executionId,
    lane,
    lanes: plan.lanes,
    sourceSha256: verified.sourceSha256,
    launchKey: launch.launchKey,
  };
  const checkpoint = await takeCheckpoint(databaseWish(context), owner);
  try {
    await events.skip(checkpoint.start);
    log('lane-open', { lane, epoch: checkpoint.epoch, resumed_at: checkpoint.start });
    const frame: EventFrame = {
      ...verified.identity,
      run_id: launch.runId,
      producer: `burst-lane-${lane}`,
    };
    const schedule = laneSchedule(plan, lane);
    const frontier = new Frontier(checkpoint.start);
    // At most a hundred and eighty points, however long the window is.
    const tally = new LaneTally(Math.max(1, Math.ceil(plan.duration_seconds / 180)) * 1_000);
    const lost = new AbortController();
    const keeper = keepCheckpoint(
      frontier,
      checkpoint.write,
      () => lost.abort(),
      () => performance.now(),
    );
    const windowMillis = plan.duration_seconds * 1_000 - checkpoint.elapsedMillis;
    const windowEnd = performance.now() + windowMillis;
    const progress = setInterval(() => {
      log('progress', {
        lane,
        sent: tally.sent,
        frontier: frontier.at,
        left_seconds: Math.max(0, Math.round((windowEnd - performance.now()) / 1_000)),
        ...tally.glance(),
      });
    }, progressMillis);
    let end: LaneEnd;
    let checkpointFailure: Failure | undefined;
    try {
      end = await sendLane({
        schedule,
        maxEvents: shareOf(plan, lane),
        batchSize: plan.batch_size,
        inFlight: plan.in_flight,
        windowMillis,
        start: checkpoint.start,
        take: async (count) => (await events.take(count)).map((event) => eventLine(event, frame)),
        attempt: gate.attempt,
        frontier,
        tally,
        moved: keeper.moved,
        now: () => performance.now(),
        // A clock that is set in the middle of a window must not move its end.
        wallNow: () => performance.timeOrigin + performance.now(),
        random: Math.random,
        signal,
        lost: lost.signal,
      });
    } finally {
      clearInterval(progress);
      checkpointFailure = await keeper.finish().then(
        () => undefined,
        (error: unknown) => failureOf(error),
      );
    }
    const at = (millis: number | undefined) => (millis === undefined ? null : instantFromMillis(millis));
    const result: LaneResult = {
      schema: 'fraud-platform/lane-result/v1',
      run_id: launch.runId,
      lane,
      lanes: plan.lanes,
      plan_sha256: context.reviewed.plan_sha256,
      source_sha256: verified.sourceSha256,
      epoch: checkpoint.epoch,
      resumed_at: checkpoint.start,
      stop_reason: end.stopReason,
      ...tally.figures(),
      frontier: frontier.at,
      checkpoints_written: keeper.written(),
      longest_stall_ms: keeper.longestStall(),
      first_sent_at: at(tally.firstSentAt),
      first_acknowledged_at: at(tally.firstAcknowledgedAt),
      last_acknowledged_at: at(tally.lastAcknowledgedAt),
    };
    log('lane-ended', {
      lane,
      stop_reason: result.stop_reason,
      acknowledged: result.acknowledged,
      admitted: result.admitted,
      unresolved: result.unresolved,
    });
    return outcomeOf(result, end, checkpointFailure);
  } finally {
    await checkpoint.close();
    await gate.close();
    await events.close();
    await own.close();
  }
}

/** How the launch ends: a lane that stopped by its plan with every event decided has done its work. Pure. */
export function outcomeOf(
  result: LaneResult,
  { refusal }: LaneEnd,
  checkpointFailure: Failure | undefined,
): TaskOutcome {
  const output = { ...result };
  if (checkpointFailure !== undefined) return { output, failure: checkpointFailure };
  switch (result.stop_reason) {
    case 'deadline':
    case 'stop-requested':
      return { output, endedBy: result.stop_reason };
    case 'checkpoint-lost':
    case 'gate-refused': {
      const status = refusal?.status ?? 0;
      const failure: Failure = {
        exit: status === 401 || status === 403 ? 'not-permitted' : 'data',
        code: 'GATE_REFUSED',
        message: `the gate refused a batch: ${refusal?.why ?? 'unknown'}`,
        where: 'POST /v1/events',
        value: String(status),
        remedy:
          'Compare key, limits and version of the gate with the plan; sending the same again is refused again.',
      };
      return { output, failure };
    }
    default:
      return result.unresolved === 0 ? { output } : { output, failure: unresolved(result) };
  }
}

function unresolved({ unresolved: events }: LaneResult): Failure {
  return {
    exit: 'data',
    code: 'EVENTS_UNRESOLVED',
    message: `${events} events were sent and never answered before the lane gave up`,
    where: 'POST /v1/events',
    value: String(events),
    remedy: 'Look at the gate and its database; what became of these events, only the database can say.',
  };
}
