import { sha256Of } from '../../../evidence/format/digest.ts';
import { instantOfMinute } from '../../frame/instants.ts';
import type { DemandClass, EventType } from '../../vocabulary.ts';

/** An event before it has an id; its window is [start, end) in epoch minutes. */
export type WorldEvent = {
  readonly type: EventType;
  readonly start: number;
  readonly end: number;
  readonly law:
    | { readonly shape: 'constant'; readonly amplitude: number }
    | { readonly shape: 'ramp'; readonly peak: number; readonly rampIn: number; readonly rampOut: number };
  readonly global: boolean;
  readonly country?: string;
  readonly tzid?: string;
  readonly demandClass?: DemandClass;
  readonly notes: string;
};

/**
 * Id of an event: `EVT-` and the first 24 hex characters of SHA-256 over 13 lines, as the reference
 * writes them: type, start, end, shape, amplitude, peak, ramps, global, country, zone, class, merchant.
 * Floats have six decimals, what is missing is `null`.
 */
export function eventId(event: WorldEvent): string {
  const float = (value: number | undefined) => value?.toFixed(6) ?? 'null';
  const { law } = event;
  const lines = [
    event.type,
    instantOfMinute(event.start),
    instantOfMinute(event.end),
    law.shape,
    float(law.shape === 'constant' ? law.amplitude : undefined),
    float(law.shape === 'ramp' ? law.peak : undefined),
    law.shape === 'ramp' ? String(law.rampIn) : 'null',
    law.shape === 'ramp' ? String(law.rampOut) : 'null',
    event.global ? '1' : '0',
    event.country ?? 'null',
    event.tzid ?? 'null',
    event.demandClass ?? 'null',
    'null',
  ];
  return `EVT-${sha256Of(lines.join('\n')).slice(0, 24)}`;
}
