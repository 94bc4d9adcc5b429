/** The closed word lists of the segment. Their order is part of the laws: ties go to the earlier word. */

export const demandClasses = [
  'always_on_local',
  'bills_utilities',
  'consumer_daytime',
  'evening_weekend',
  'fuel_convenience',
  'low_volume_tail',
  'office_hours',
  'online_24h',
  'online_bursty',
  'travel_hospitality',
] as const;
export type DemandClass = (typeof demandClasses)[number];

export const channelGroups = ['card_not_present', 'card_present'] as const;
export type ChannelGroup = (typeof channelGroups)[number];

/** What a zone is to its merchant: by its share of the merchant's sites in the country. */
export const zoneRoles = ['primary_zone', 'secondary_zone', 'tail_zone'] as const;
export type ZoneRole = (typeof zoneRoles)[number];

export const virtualModes = ['HYBRID', 'NON_VIRTUAL', 'VIRTUAL_ONLY'] as const;
export type VirtualMode = (typeof virtualModes)[number];

/** Alphabetical, which is also the order in which their factors are multiplied. */
export const eventTypes = ['CAMPAIGN', 'HOLIDAY', 'OUTAGE', 'PAYDAY', 'STRESS'] as const;
export type EventType = (typeof eventTypes)[number];

export const eventShapes = ['constant', 'ramp'] as const;
export type EventShape = (typeof eventShapes)[number];

/** What an event may be scoped by. A global event has no predicate. */
export const scopePredicates = ['country', 'tzid', 'demand_class', 'merchant'] as const;
export type ScopePredicate = (typeof scopePredicates)[number];

/** What S5 judges a run by. A policy that names another one means something that is never looked at. */
export const checkIds = [
  'S0_PRESENT',
  'S0_DIGEST_MATCH',
  'UPSTREAM_ALL_PASS',
  'S0_SCENARIO_MANIFEST',
  'S1_PRESENT',
  'S1_PK_VALID',
  'S1_REQUIRED_FIELDS',
  'S1_SCALE_NONNEG_FINITE',
  'S1_DOMAIN_PARITY',
  'S1_RECOMPOSITION',
  'S1_CLASS_PROFILE',
  'S2_PRESENT',
  'S2_GRID_VALID',
  'S2_SHAPES_NONNEG',
  'S2_SHAPES_SUM_TO_ONE',
  'S2_DOMAIN_COVERS_S1',
  'S2_RECOMPOSITION',
  'S2_CATALOGUE',
  'S3_PRESENT',
  'S3_LAMBDA_NONNEG_FINITE',
  'S3_DOMAIN_PARITY',
  'S3_RECOMPOSITION',
  'S3_WEEKLY_SUM_VS_SCALE',
  'S3_CLASS_SUMS',
  'S4_PRESENT',
  'S4_LAMBDA_NONNEG_FINITE',
  'S4_DOMAIN_PARITY',
  'S4_HORIZON_COVERAGE',
  'S4_OVERLAY_FACTOR_HARD_BOUNDS',
  'S4_OVERLAY_FACTOR_WARN_BOUNDS',
  'S4_OVERLAY_FACTORS',
  'S4_RECOMPOSITION',
  'S4_LOCAL_VS_UTC_TOTAL',
  'S4_LAMBDA_SCENARIO_GUARDRAIL',
  'S5_EXPECTATION',
  'S5_WITNESS',
  'SPEC_COMPATIBILITY',
] as const;
export type CheckId = (typeof checkIds)[number];

export const minutesPerDay = 1_440;
export const daysPerWeek = 7;
