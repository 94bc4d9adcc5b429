import { DescribeBudgetCommand, NotFoundException } from '@aws-sdk/client-budgets';
import { DescribeClustersCommand } from '@aws-sdk/client-ecs';
import { GetRoleCommand, NoSuchEntityException } from '@aws-sdk/client-iam';
import {
  GetAWSDefaultServiceQuotaCommand,
  GetServiceQuotaCommand,
  NoSuchResourceException,
} from '@aws-sdk/client-service-quotas';
import { GetCallerIdentityCommand } from '@aws-sdk/client-sts';
import { budgetName, clusterName, type EnvironmentName } from '../../../config/names.ts';
import { fail } from '../../vocabulary/failure.ts';
import type { AccountClients } from './account-clients.ts';
import type { BudgetFact, ClusterFact, IdentityFact, QuotaFact, RoleFact } from './facts.ts';

/** Codes of Service Quotas: Fargate On-Demand vCPU resource count, and concurrent executions. */
const fargateVcpus = { ServiceCode: 'fargate', QuotaCode: 'L-3032A538' };
const lambdaConcurrency = { ServiceCode: 'lambda', QuotaCode: 'L-B99A9384' };

export async function readIdentity({ sts }: AccountClients, signal: AbortSignal): Promise<IdentityFact> {
  const { Account, Arn } = await sts.send(new GetCallerIdentityCommand({}), { abortSignal: signal });
  if (Account === undefined || Arn === undefined) return refuseAnswer('GetCallerIdentity');
  return { account: Account, arn: Arn };
}

export async function readCluster(
  { ecs }: AccountClients,
  environment: EnvironmentName,
  signal: AbortSignal,
): Promise<ClusterFact> {
  const { clusters } = await ecs.send(new DescribeClustersCommand({ clusters: [clusterName(environment)] }), {
    abortSignal: signal,
  });
  const [found] = clusters ?? [];
  return found?.clusterArn === undefined
    ? undefined
    : { arn: found.clusterArn, status: found.status ?? 'without a status' };
}

/** The quotas as they are applied; where nobody ever changed one, the default of AWS. */
export async function readQuotas({ quotas }: AccountClients, signal: AbortSignal): Promise<QuotaFact> {
  const read = async (wanted: { readonly ServiceCode: string; readonly QuotaCode: string }) => {
    const applied = await quotas
      .send(new GetServiceQuotaCommand(wanted), { abortSignal: signal })
      .catch((error: unknown) => {
        if (error instanceof NoSuchResourceException) return undefined;
        throw error;
      });
    const { Quota } =
      applied ?? (await quotas.send(new GetAWSDefaultServiceQuotaCommand(wanted), { abortSignal: signal }));
    return Quota?.Value ?? refuseAnswer(`the quota ${wanted.QuotaCode}`);
  };
  const [vcpus, executions] = await Promise.all([read(fargateVcpus), read(lambdaConcurrency)]);
  return { fargateVcpus: vcpus, lambdaConcurrency: executions };
}

export async function readBudget(
  { budgets }: AccountClients,
  account: string,
  environment: EnvironmentName,
  signal: AbortSignal,
): Promise<BudgetFact> {
  const described = await budgets
    .send(new DescribeBudgetCommand({ AccountId: account, BudgetName: budgetName(environment) }), {
      abortSignal: signal,
    })
    .catch((error: unknown) => {
      if (error instanceof NotFoundException) return undefined;
      throw error;
    });
  const { BudgetLimit, CalculatedSpend } = described?.Budget ?? {};
  if (described === undefined) return undefined;
  const forecast = CalculatedSpend?.ForecastedSpend;
  return {
    limitUsd: dollars(BudgetLimit),
    actualUsd: dollars(CalculatedSpend?.ActualSpend),
    // AWS makes none for an account of a few weeks.
    forecastUsd: forecast === undefined ? undefined : dollars(forecast),
  };
}

/** What is no amount of dollars is not zero. */
function dollars(
  spend: { readonly Amount?: string | undefined; readonly Unit?: string | undefined } | undefined,
): number {
  const amount = Number(spend?.Amount);
  return spend?.Amount !== undefined && spend.Unit === 'USD' && Number.isFinite(amount)
    ? amount
    : refuseAnswer('the budget, which is not in US dollars');
}

export async function readRoles(
  { iam }: AccountClients,
  names: readonly string[],
  signal: AbortSignal,
): Promise<readonly RoleFact[]> {
  const roles: RoleFact[] = [];
  // One after another: IAM is throttled at a few calls a second.
  for (const name of names) {
    const exists = await iam.send(new GetRoleCommand({ RoleName: name }), { abortSignal: signal }).then(
      () => true,
      (error: unknown) => {
        if (error instanceof NoSuchEntityException) return false;
        throw error;
      },
    );
    roles.push({ name, exists });
  }
  return roles;
}

function refuseAnswer(what: string): never {
  return fail({
    exit: 'transient',
    code: 'ANSWER_INCOMPLETE',
    message: `AWS answered without ${what}`,
    remedy: 'Run the doctor again.',
  });
}
