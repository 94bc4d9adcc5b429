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

export const minutesPerDay = 1_440;
export const daysPerWeek = 7;
