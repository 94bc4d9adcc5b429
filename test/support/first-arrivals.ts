import { type Arrival, openArrivals } from '../../lib/burst/arrivals/arrival-stream.ts';
import type { SealedSurface } from '../../lib/burst/arrivals/sealed-surface.ts';

/** The arrivals of a lane that fall into the first hours, laid out in a folder of their own. */
export async function firstArrivals(
  surface: SealedSurface,
  scratch: string,
  { hours, lane = 0, lanes = 1 }: { readonly hours: number; readonly lane?: number; readonly lanes?: number },
): Promise<readonly Arrival[]> {
  const stream = await openArrivals(surface, scratch);
  const arrivals: Arrival[] = [];
  let hour = 0;
  for await (const batch of stream.lane(lane, lanes)) {
    if (hour === hours) break;
    hour += 1;
    arrivals.push(...batch);
  }
  await stream.close();
  return arrivals;
}
