/** Words that are written as codes are, and refuse nothing: names of settings, options of policies, states. */
export const notRefusals: ReadonlySet<string> = new Set([
  // Settings and members of the launch environment.
  'AD_HOC_QUERIES',
  'CHECKPOINT_DSN',
  'DATABASE_CA_FILE',
  'DATABASE_DSN',
  'EVIDENCE_BUCKET',
  'EVIDENCE_STORE',
  'EXECUTION_ID',
  'GATE_SERVICE',
  'GATE_URL',
  'GATE_WORKFLOW',
  'IMAGE_DIGEST',
  'LAUNCHED_FOR',
  'LAUNCH_KEY',
  'MASTER_DSN',
  'PARAMETERS_KEY',
  'PARAMETERS_SHA256',
  'RUN_ID',
  'SECRETS_KEY',
  // Values of policies.
  'CAP_AT_ONE',
  'FLOOR_AT_ONE',
  'METADATA_ONLY',
  'MOST_SPECIFIC_ONLY',
  'NON_VIRTUAL',
  'ROW_LEVEL',
  'VIRTUAL_ONLY',
  // Words of others.
  'EAI_AGAIN',
  'GREATER_THAN',
  'TIMED_OUT',
  'X86_64',
  // A run that nobody has judged has no verdict to show.
  'NOT_JUDGED',
]);
