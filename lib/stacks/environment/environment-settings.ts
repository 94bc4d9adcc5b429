import { z } from 'zod';
import { contains, overlaps, parseCidr } from './cidr.ts';
import { idleCostUsd } from './idle-cost.ts';

const cidrSchema = z
  .string()
  .refine((text) => parseCidr(text) !== undefined, 'not a CIDR like 10.42.0.0/24')
  .refine((text) => {
    const prefix = Number(text.split('/')[1]);
    return prefix >= 16 && prefix <= 28;
  }, 'AWS takes ranges from /16 to /28');

/** Days that CloudWatch Logs can keep; another number is refused by the service, after half a deploy. */
const logRetentionSchema = z.literal([30, 60, 90, 120, 150, 180, 365, 400, 545, 731, 1096, 1827, 2192, 2557]);

const zoneSchema = z.strictObject({
  /** Availability zone, such as `eu-west-2a`; written down, so that no synthesis looks it up. */
  name: z.string().regex(/^[a-z]{2}(-[a-z]+)+-\d[a-z]$/, 'an availability zone such as eu-west-2a'),
  tasks: cidrSchema,
  database: cidrSchema,
});

const shapeSchema = z.strictObject({
  name: z
    .string()
    // Part of the names of roles and buckets, which are bounded at 64.
    .regex(/^[a-z][a-z0-9-]{1,14}$/, 'at most 15 lower-case letters, digits and -')
    // RDS takes no other name for an instance, and DNS none for a namespace.
    .refine((name) => !/--|-$/.test(name), 'one - at a time, and none at the end')
    .refine((name) => name !== 'local', 'local is the environment without an account'),
  /** What may be lost: `production` refuses every saving that could cost evidence. */
  stage: z.enum(['development', 'staging', 'production']),
  /** `null`: wherever `cdk deploy` is run. */
  account: z
    .string()
    .regex(/^\d{12}$/, 'twelve digits')
    .refine((account) => new Set(account).size > 1, 'twelve equal digits are no account')
    .nullable(),
  region: z
    .string()
    .regex(/^[a-z]{2}(-[a-z]+)+-\d$/, 'an AWS region')
    // ARNs are written for the partition `aws`; in another one no task would find its secrets.
    .refine(
      (region) => !/^(?:cn|us-gov|us-iso\w*|eu-isoe|eusc)-/.test(region),
      'a region of another partition',
    ),
  image: z.strictObject({
    /** Digest that `fraudctl image push` printed; `null` makes it a parameter of the deploy. */
    digest: z
      .string()
      .regex(/^sha256:[a-f0-9]{64}$/, 'a digest: sha256: and 64 hex characters')
      .refine((digest) => new Set(digest.slice(7)).size > 1, 'a digest of one repeated character is none')
      .nullable(),
  }),
  network: z.strictObject({
    /** `public-tasks`: a public address while a task runs, nothing in. `private`: VPC endpoints instead. */
    mode: z.enum(['public-tasks', 'private']),
    cidr: cidrSchema,
    zones: z.array(zoneSchema).min(2, 'RDS needs two zones').max(3),
  }),
  database: z.strictObject({
    engineVersion: z.string().regex(/^17\.\d+$/, 'a minor version of PostgreSQL 17'),
    instanceClass: z.enum(['t4g.micro', 't4g.small', 't4g.medium', 'm7g.large']),
    storageGiB: z.int().min(20).max(1_000),
    maximumStorageGiB: z.int().min(20).max(4_000),
    multiAz: z.boolean(),
    backupDays: z.int().min(1, 'at least one day: without backups RDS cannot restore at all').max(35),
    deletionProtection: z.boolean(),
  }),
  evidence: z.strictObject({
    /** Days for which Object Lock keeps every version; 0 leaves that to the bucket policy. */
    retentionDays: z.int().min(0).max(3_650),
  }),
  logs: z.strictObject({ retentionDays: logRetentionSchema }),
  secrets: z.strictObject({
    /** Raise it by one and deploy: every password and key is drawn anew. */
    rotation: z.int().min(1),
  }),
  queries: z.strictObject({
    /** Whether `fraudctl query --file` may ask what no review has seen. */
    adHocQueries: z.boolean(),
  }),
  budget: z.strictObject({ monthlyUsd: z.int().min(1) }),
  alarms: z.strictObject({ emails: z.array(z.email()).max(10) }),
  /** Name of the one role that may delete evidence; `null`: nobody may. */
  breakGlassRole: z
    .string()
    .regex(/^[\w+=,.@-]{1,64}$/, 'the name of an IAM role')
    .nullable(),
});

/** What `production` insists on, by key. */
const productionMinimums: readonly {
  readonly path: readonly string[];
  readonly kept: (settings: z.infer<typeof shapeSchema>) => boolean;
  readonly message: string;
}[] = [
  {
    path: ['network', 'mode'],
    kept: ({ network }) => network.mode === 'private',
    message: 'production runs in private subnets',
  },
  {
    path: ['queries', 'adHocQueries'],
    kept: ({ queries }) => !queries.adHocQueries,
    message: 'production answers reviewed queries alone',
  },
  {
    path: ['database', 'multiAz'],
    kept: ({ database }) => database.multiAz,
    message: 'production has a standby',
  },
  {
    path: ['database', 'backupDays'],
    kept: ({ database }) => database.backupDays >= 14,
    message: 'production keeps backups for at least 14 days',
  },
  {
    path: ['database', 'deletionProtection'],
    kept: ({ database }) => database.deletionProtection,
    message: 'production is protected from deletion',
  },
  {
    path: ['evidence', 'retentionDays'],
    kept: ({ evidence }) => evidence.retentionDays >= 365,
    message: 'production locks evidence for at least 365 days',
  },
  {
    path: ['logs', 'retentionDays'],
    kept: ({ logs }) => logs.retentionDays >= 90,
    message: 'production keeps logs for at least 90 days',
  },
];

/** `config/environments/<name>.yaml`, parsed strictly; every law between two keys is checked here too. */
export const environmentSettingsSchema = shapeSchema.superRefine((settings, context) => {
  const refuse = (path: readonly (string | number)[], message: string) =>
    context.addIssue({ code: 'custom', path: [...path], message });
  const { network, region, database, budget } = settings;
  const whole = parseCidr(network.cidr);
  const ranges = network.zones.flatMap((zone, index) =>
    (['tasks', 'database'] as const).map((use) => ({
      path: ['network', 'zones', index, use],
      text: zone[use],
      range: parseCidr(zone[use]),
    })),
  );
  for (const [index, { path, text, range }] of ranges.entries()) {
    if (range === undefined || whole === undefined) continue;
    if (!contains(whole, range)) refuse(path, `${text} is outside ${network.cidr}`);
    const earlier = ranges
      .slice(0, index)
      .find((other) => other.range !== undefined && overlaps(other.range, range));
    if (earlier !== undefined)
      refuse(path, `${text} overlaps ${earlier.text} of ${earlier.path.slice(1).join('.')}`);
  }
  for (const [index, { name }] of network.zones.entries()) {
    const path = ['network', 'zones', index, 'name'];
    if (!name.startsWith(region)) refuse(path, `${name} is not in ${region}`);
    if (network.zones.findIndex((zone) => zone.name === name) !== index)
      refuse(path, `${name} is named twice`);
  }
  if (database.maximumStorageGiB < database.storageGiB)
    refuse(['database', 'maximumStorageGiB'], 'is below storageGiB');
  if (settings.stage === 'production') {
    for (const { path, kept, message } of productionMinimums) if (!kept(settings)) refuse(path, message);
  }
  const idle = idleCostUsd(settings);
  if (idle > budget.monthlyUsd) {
    refuse(['budget', 'monthlyUsd'], `idle, this environment costs about ${Math.ceil(idle)} USD a month`);
  }
});
export type EnvironmentSettings = z.infer<typeof environmentSettingsSchema>;
