import { runControlPrefix } from '../../config/names.ts';
import type { LaneResult } from '../../lib/burst/lane-result.ts';
import { closedScopeSchema, openedScopeSchema } from '../../lib/burst/scope-results.ts';
import { canonicalBytes } from '../../lib/evidence/format/canonical-json.ts';
import { sha256Of } from '../../lib/evidence/format/digest.ts';
import { publishObject } from '../../lib/evidence/publish-object.ts';
import { baselineOf } from '../../lib/gates/burst/baseline.ts';
import { type BurstMeasures, measureBurst } from '../../lib/gates/burst/measures.ts';
import { laneResultOf } from '../../lib/gates/burst/silent-lanes.ts';
import { outputOfState } from '../../lib/gates/burst/step-output.ts';
import { keepMeasures, measuresAsKept } from '../../lib/operator/keep-measures.ts';
import type { OperatorEnvironment } from '../../lib/operator/operator-environment.ts';
import type { JsonObject } from '../../lib/vocabulary/json.ts';
import { describeBurst } from '../terminal/show-burst.ts';
import type { CommandContext } from './command-context.ts';
import {
  type Conclusion,
  type ConclusionDetails,
  type ConductedExecution,
  whileJudged,
} from './conduct-execution.ts';

/** The measures of a burst as the details of its conclusion, and as they are. */
export type MeasuredBurst = ConclusionDetails & {
  readonly lanes: readonly LaneResult[];
  readonly measures: BurstMeasures;
};

/**
 * Measures a burst that is over from its evidence, keeps the measures beside it, and returns them as the
 * details of the reported conclusion. Whoever does it again finds the same.
 */
export async function measuredDetails(
  context: CommandContext,
  environment: OperatorEnvironment,
  { executionId, runId }: ConductedExecution,
  conclusion: Conclusion,
): Promise<MeasuredBurst> {
  const lanes = conclusion.results.flatMap((result) => laneResultOf(result) ?? []);
  const closed = closedOf(conclusion);
  const measures = measureBurst(conclusion.records, conclusion.results);
  const today = measuresContent(measures, conclusion);
  const content = await measuresAsKept(environment, executionId, today, context.signal);
  // Before the evidence is complete, the next one would measure something else.
  if (closed !== undefined && conclusion.sealed !== undefined) {
    const earlier = await keepMeasures(environment, executionId, runId, content, context.signal);
    for (const key of earlier)
      context.output.progress(`an earlier version measured by another law, and its measures stay: ${key}`);
  }
  return {
    lanes,
    measures,
    lines: lanes.length === 0 ? [] : describeBurst(lanes, measures, closed ?? null),
    members: {
      lanes: lanes.map((lane) => ({ ...lane })),
      measures: JSON.parse(new TextDecoder().decode(content)),
    },
  };
}

/** What the database held when the scope was closed. */
const closedOf = ({ results }: Conclusion) => outputOfState(results, 'Close', closedScopeSchema);

/** `burst-measures.json`: both windows, what the lanes counted, and what the database holds. */
function measuresContent(measures: BurstMeasures, conclusion: Conclusion): Uint8Array {
  const database = closedOf(conclusion) ?? null;
  return canonicalBytes({ ...JSON.parse(JSON.stringify(measures)), database });
}

/**
 * Records the rate of a burst as a baseline beside its evidence, or says why it is none. Which plan it was, its own
 * evidence says. Throws `VERDICT_NOT_KEPT` (75) as `whileJudged` does.
 */
export async function recordBaseline(
  context: CommandContext,
  environment: OperatorEnvironment,
  { executionId, runId }: ConductedExecution,
  conclusion: Conclusion,
): Promise<ConclusionDetails & { readonly recorded: boolean }> {
  const measures = measureBurst(conclusion.records, conclusion.results);
  const today = measuresContent(measures, conclusion);
  const kept = await measuresAsKept(environment, executionId, today, context.signal);
  const key = `${runControlPrefix(environment.name, executionId)}burst-baseline.json`;
  const opened = outputOfState(conclusion.results, 'Open', openedScopeSchema);
  const baseline =
    opened === undefined
      ? { refused: [`the verdict is ${conclusion.verdict.verdict}, and no scope was opened`] }
      : baselineOf(
          {
            verdict: conclusion.verdict.verdict,
            executionId,
            runId,
            plan: opened.plan,
            planSha256: opened.plan_sha256,
            measuresSha256: sha256Of(kept),
            admittedInDatabase: closedOf(conclusion)?.admitted ?? null,
          },
          measures,
        );
  if ('refused' in baseline) {
    return {
      recorded: false,
      lines: ['', 'no baseline was recorded:', ...baseline.refused.map((reason) => `  ${reason}`)],
      members: { baseline: null, baseline_refused: baseline.refused },
    };
  }
  const document: JsonObject = JSON.parse(JSON.stringify(baseline));
  await whileJudged(context, executionId, conclusion.verdict, () =>
    publishObject(environment.evidence, key, canonicalBytes(document), context.signal),
  );
  return {
    recorded: true,
    lines: [
      '',
      `baseline   ${baseline.admits_per_minute} admits/min over ${baseline.measured.seconds} s of load`,
      `  recorded ${key}`,
      '  use it   rate: { multiplier: …, baseline_admits_per_minute: … } in a plan',
    ],
    members: { baseline: document },
  };
}
