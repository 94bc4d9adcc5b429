import type { EnvironmentSettings } from '../../stacks/environment/environment-settings.ts';
import type { BudgetFact, ClusterFact, IdentityFact, QuotaFact } from './facts.ts';
import { failed, type Judgement, ok } from './finding.ts';

/** Whether the credentials are of the account that the environment's file names. Pure. */
export function judgeIdentity(
  { name, account, stage }: EnvironmentSettings,
  identity: IdentityFact,
): Judgement {
  const file = `config/environments/${name}.yaml`;
  const found = `${identity.arn} in account ${identity.account}`;
  if (account === null) {
    return stage === 'development'
      ? ok(`${found}; ${file} names none`)
      : failed(
          `${found}; ${file} names no account`,
          `Write account: "${identity.account}" into ${file}, if it is the one.`,
        );
  }
  return account === identity.account
    ? ok(found)
    : failed(
        `${found}, and ${name} is in ${account}`,
        `Choose credentials of ${account}: AWS_PROFILE=<profile>.`,
      );
}

/** Whether the environment is deployed in the region and account that it should be in. Pure. */
export function judgeRegion(settings: EnvironmentSettings, cluster: ClusterFact): Judgement {
  const { name, region, account } = settings;
  const deploy = `Deploy it: npm run deploy -- --env ${name}`;
  if (cluster === undefined || cluster.status === 'INACTIVE') {
    return failed(`${name} is not deployed in ${region}`, deploy);
  }
  const [, , , inRegion, inAccount] = cluster.arn.split(':');
  if (inRegion !== region || (account !== null && inAccount !== account)) {
    return failed(
      `the cluster is in ${inRegion} of ${inAccount}`,
      `Look at AWS_ENDPOINT_URL and AWS_PROFILE: ${name} is in ${region}.`,
    );
  }
  return cluster.status === 'ACTIVE'
    ? ok(`${region}, cluster ${cluster.arn.split('/').at(-1)}`)
    : failed(`the cluster is ${cluster.status}`, deploy);
}

/** Whether the largest burst of this version could run. Pure. */
export function judgeQuotas(needed: QuotaFact, quota: QuotaFact): Judgement {
  const short = [
    ...(quota.fargateVcpus < needed.fargateVcpus
      ? [`Fargate On-Demand vCPUs ${quota.fargateVcpus}, and the largest burst needs ${needed.fargateVcpus}`]
      : []),
    ...(quota.lambdaConcurrency < needed.lambdaConcurrency
      ? [
          `concurrent Lambda executions ${quota.lambdaConcurrency}, and the platform needs ${needed.lambdaConcurrency}`,
        ]
      : []),
  ];
  return short.length === 0
    ? ok(
        `${quota.fargateVcpus} Fargate vCPUs (a burst needs ${needed.fargateVcpus}), ${quota.lambdaConcurrency} Lambda executions`,
      )
    : failed(short.join('; '), 'Ask for more in Service Quotas, in this region.');
}

/** Whether the month stays within the environment's budget. Pure. */
export function judgeBudget({ name, budget }: EnvironmentSettings, fact: BudgetFact): Judgement {
  const deploy = `Deploy ${name} again: the budget is part of its foundation.`;
  if (fact === undefined) return failed('there is no budget', deploy);
  const usd = (amount: number) => `${amount.toFixed(2)} USD`;
  const found = [
    `${usd(fact.actualUsd)} of ${usd(fact.limitUsd)} this month, the whole account`,
    ...(fact.forecastUsd === undefined ? [] : [`forecast ${usd(fact.forecastUsd)}`]),
  ].join(', ');
  if (fact.limitUsd !== budget.monthlyUsd) {
    return failed(`the budget is ${usd(fact.limitUsd)}, and the file says ${usd(budget.monthlyUsd)}`, deploy);
  }
  return Math.max(fact.actualUsd, fact.forecastUsd ?? 0) > fact.limitUsd
    ? failed(
        found,
        'Find what costs before running more: the reaper’s log, fraudctl db status, Cost Explorer.',
      )
    : ok(found);
}
