import { loadBurstPlan, shippedPlanNames } from '../../burst/load-plan.ts';
import { burstContract } from '../../task-contracts/burst.ts';
import { gateContract } from '../../task-contracts/gate.ts';
import { queryContract } from '../../task-contracts/query.ts';
import type { QuotaFact } from './facts.ts';

/** The platform's own functions, each at once with one that is being retried. */
const lambdaConcurrency = 10;

/** vCPUs of a burst: its lanes at once, the gate, and a question beside them. Pure. */
export function vcpusOfBurst(lanes: number): number {
  return (lanes * burstContract.size.cpu + gateContract.size.cpu + queryContract.size.cpu) / 1_024;
}

/** What the largest plan of this version needs at once. */
export async function neededQuotas(): Promise<QuotaFact> {
  const plans = await Promise.all((await shippedPlanNames()).map((name) => loadBurstPlan(name)));
  return {
    fargateVcpus: vcpusOfBurst(Math.max(1, ...plans.map(({ plan }) => plan.lanes))),
    lambdaConcurrency,
  };
}
