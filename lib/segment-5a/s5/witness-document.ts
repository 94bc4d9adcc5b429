import type { DuckDBValue } from '@duckdb/node-api';
import type { JsonObject, JsonValue } from '../../vocabulary/json.ts';
import type { ScenarioId } from '../identity.ts';
import { type CheckVerdict, failed, passed } from './check.ts';
import type { Engine } from './engine.ts';
import type { WitnessPair, WitnessRow } from './witness.ts';
import type { WitnessValues } from './witness-values.ts';

/** Every merchant-zone of the run, in the order of the surfaces. */
export async function witnessPairs(engine: Engine): Promise<readonly WitnessPair[]> {
  const rows = await engine.rows(
    'select merchant_id, legal_country_iso, tzid, channel_group from pair order by ordinal',
  );
  return rows.map(
    ([merchant, country, tzid, channelGroup]): WitnessPair => ({
      merchantId: typeof merchant === 'bigint' ? merchant : 0n,
      country: String(country),
      tzid: String(tzid),
      channelGroup: String(channelGroup),
    }),
  );
}

/**
 * The sample of a scenario that people get to see: the rows of smallest hash, chosen by nobody, each with
 * λ and F as S4 wrote them and as S5 computes them.
 */
export function witnessDocument(
  scenarioId: ScenarioId,
  pairs: readonly WitnessPair[],
  sample: readonly WitnessRow[],
  values: readonly WitnessValues[],
): JsonObject {
  return {
    scenario_id: scenarioId,
    rows: sample.map(({ pair, h, hash64 }, index) => {
      const key = pairs[pair];
      const value = values[index];
      return {
        merchant_id: String(key?.merchantId),
        legal_country_iso: key?.country ?? '',
        tzid: key?.tzid ?? '',
        channel_group: key?.channelGroup ?? '',
        local_horizon_bucket_index: h,
        hash64: String(hash64),
        lambda_local_scenario: told(value?.lambda),
        overlay_factor_total: told(value?.factor),
        expected_lambda_local_scenario: told(value?.expectedLambda),
        expected_overlay_factor_total: told(value?.expectedFactor),
      };
    }),
  };
}

/** Whether the sampled rows say what they should. Pure. */
export function judgeWitness(values: readonly WitnessValues[]): CheckVerdict {
  const different = values.filter(
    ({ lambda, factor, expectedLambda, expectedFactor }) =>
      lambda === null || lambda !== expectedLambda || factor !== expectedFactor,
  ).length;
  const metrics = { rows: values.length, different };
  if (values.length > 0 && different === 0) return passed(metrics);
  const message =
    values.length === 0
      ? 'the sample is empty'
      : `${different} rows of the sample are not there or say something else than is expected`;
  return failed(metrics, { issueCode: 'S5_WITNESS_DIFFERS', context: metrics, message });
}

/** JSON has neither NaN nor infinities: those are told as text. */
function told(value: DuckDBValue | undefined): JsonValue {
  if (value === null || value === undefined) return null;
  return typeof value === 'number' && Number.isFinite(value) ? value : String(value);
}
