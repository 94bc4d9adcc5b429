import type { JsonObject } from '../../vocabulary/json.ts';
import type { StateContext } from '../frame/states.ts';
import type { ScenarioId } from '../identity.ts';
import type { Engine } from './engine.ts';
import { type WitnessPair, witnessPrefix } from './witness.ts';
import { sampleRows } from './witness-pool.ts';

/** Every merchant-zone of the run, in the order of the surfaces. */
export async function witnessPairs(engine: Engine): Promise<readonly WitnessPair[]> {
  const rows = await engine.rows(
    'select merchant_id, legal_country_iso, tzid, channel_group from pair order by bucket, place',
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

/** The sample of a scenario that people get to see: the rows of smallest hash, chosen by nobody. */
export async function witnessOf(
  context: StateContext,
  pairs: readonly WitnessPair[],
  scenarioId: ScenarioId,
  buckets: number,
): Promise<JsonObject> {
  const prefix = witnessPrefix(context.run.manifestFingerprint, context.run.parameterHash, scenarioId);
  const sample = await sampleRows(pairs, buckets, prefix, context.policies.validation.witness_rows);
  return {
    scenario_id: scenarioId,
    rows: sample.map(({ pair, h, hash64 }) => {
      const { merchantId, country, tzid, channelGroup } = pairs[pair] ?? {
        merchantId: 0n,
        country: '',
        tzid: '',
        channelGroup: '',
      };
      return {
        merchant_id: String(merchantId),
        legal_country_iso: country,
        tzid,
        channel_group: channelGroup,
        local_horizon_bucket_index: h,
        hash64: String(hash64),
      };
    }),
  };
}
