import type { OperatorEnvironment } from '../../lib/operator/operator-environment.ts';
import { burstStep, queryStep, verdictStep } from './burst-steps.ts';
import type { ChainKit } from './chain-kit.ts';
import { generateStep, segmentStep } from './data-steps.ts';
import type { Findings } from './outcome.ts';
import { proofStep } from './proof-step.ts';
import { reportStep } from './report-step.ts';
import { sayFindings } from './say-findings.ts';
import type { RunStep } from './step-runner.ts';

export type ChainWish = Omit<ChainKit, 'environment'> & {
  readonly openEnvironment: () => Promise<{
    readonly environment: OperatorEnvironment;
    readonly says: string;
  }>;
};

/** Everything that this product is for, once: each step uses what the one before it sealed. */
export async function runChain({ openEnvironment, ...wish }: ChainWish, run: RunStep): Promise<Findings> {
  const since = wish.context.now();
  const { environment } = await run('environment', openEnvironment, ({ says }) => says);
  const kit: ChainKit = { ...wish, environment };
  const world = await run('world', () => generateStep(kit), sayFindings.world);
  const segment = await run(
    'segment',
    () => segmentStep(kit, world),
    ({ found }) => sayFindings.segment(found),
  );
  const burst = await run(
    'burst',
    () => burstStep(kit, segment.found.folder),
    ({ found }) => sayFindings.burst(found),
  );
  const verdict = await run('verdict', () => verdictStep(kit, burst.execution), sayFindings.verdict);
  const query = await run(
    'query',
    () => queryStep(kit, burst, burst.followed.measured.measures.task_life),
    ({ found }) => sayFindings.query(found),
  );
  const reports = await run(
    'reports',
    () => reportStep(kit, burst.found, segment.found),
    ({ found }) => sayFindings.reports(found),
  );
  const conducted = [
    segment.execution,
    burst.execution,
    query.answered.conducted,
    ...reports.made.map(({ execution }) => execution),
  ];
  const proof = await run(
    'proof',
    () => proofStep(kit, { world, segment: segment.found }, conducted, since),
    sayFindings.proof,
  );
  return {
    world,
    segment: segment.found,
    burst: burst.found,
    verdict,
    query: query.found,
    reports: reports.found,
    proof,
  };
}
