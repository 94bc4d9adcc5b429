/** The settings that cost money while nothing runs. */
export type IdleCostSettings = {
  readonly network: { readonly mode: 'public-tasks' | 'private'; readonly zones: readonly unknown[] };
  readonly database: {
    readonly instanceClass: 't4g.micro' | 't4g.small' | 't4g.medium' | 'm7g.large';
    readonly storageGiB: number;
    readonly multiAz: boolean;
  };
};

/** Line of an estimate, in US dollars a month. */
export type CostItem = { readonly what: string; readonly monthlyUsd: number };

const hoursAMonth = 730;
/** US dollars an hour, Single-AZ, on demand, eu-west-2, 2026. */
const instanceHour = { 't4g.micro': 0.018, 't4g.small': 0.037, 't4g.medium': 0.073, 'm7g.large': 0.193 };
const storageGiBMonth = 0.133;
const endpointHour = 0.011;
const keyMonth = 1;
/** Evidence, and secrets. */
const keys = 2;

/** Interface endpoints of a private network; S3 goes through its gateway endpoint, which is free. */
export const privateEndpoints = ['ecr.api', 'ecr.dkr', 'logs', 'ssm', 'kms'] as const;

/**
 * What an environment costs while nothing runs, item by item. List prices of eu-west-2: another region
 * differs by up to a fifth, traffic and stored evidence come on top. Pure.
 */
export function idleCost({ network, database }: IdleCostSettings): readonly CostItem[] {
  const copies = database.multiAz ? 2 : 1;
  return [
    {
      what: `database ${database.instanceClass}${database.multiAz ? ' with standby' : ''}`,
      monthlyUsd: instanceHour[database.instanceClass] * hoursAMonth * copies,
    },
    {
      what: `database storage ${database.storageGiB} GiB`,
      monthlyUsd: storageGiBMonth * database.storageGiB * copies,
    },
    { what: 'keys', monthlyUsd: keyMonth * keys },
    ...(network.mode === 'private'
      ? [
          {
            what: `${privateEndpoints.length} endpoints in ${network.zones.length} zones`,
            monthlyUsd: endpointHour * hoursAMonth * privateEndpoints.length * network.zones.length,
          },
        ]
      : []),
  ];
}

/** Sum of `idleCost`. */
export function idleCostUsd(settings: IdleCostSettings): number {
  return idleCost(settings).reduce((sum, { monthlyUsd }) => sum + monthlyUsd, 0);
}
