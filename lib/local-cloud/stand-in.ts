import { z } from 'zod';
import { localEnvironment } from '../../config/names.ts';
import { localAccount, localRegion } from './local-identity.ts';

/** Which environment a cloud is. */
export type CloudIdentity = {
  readonly environment: string;
  readonly region: string;
  readonly account: string;
};

/**
 * What makes this cloud stand in for an environment in AWS, so that a test can work in one from end to end:
 * whose name and account it answers to, where evidence goes, and what AWS's own agents put into the environment
 * of containers (region, credentials) and of the recorder. Secrets and ports stay local.
 */
export const standInSchema = z.object({
  environment: z.string(),
  region: z.string(),
  account: z.string(),
  evidenceStore: z.string(),
  recorderVariables: z.record(z.string(), z.string()),
  /** By the name of the contract. */
  containerVariables: z.record(z.string(), z.record(z.string(), z.string())),
});
export type StandIn = z.infer<typeof standInSchema>;

/** The identity of a cloud: its own, or that of the environment it stands in for. */
export function identityOf(standIn: StandIn | undefined): CloudIdentity {
  return standIn ?? { environment: localEnvironment, region: localRegion, account: localAccount };
}
