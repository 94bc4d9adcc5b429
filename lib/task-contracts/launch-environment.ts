/**
 * The environment variables that every task gets beside its contract's own settings and secrets.
 * The platform part stands in the task definition; the launch part in the overrides of one launch.
 */
export const platformVariables = {
  /** Name of the environment (`local`, `dev-min`, …). */
  environment: 'ENVIRONMENT',
  /** URL of the evidence store, `file:///…` or `s3://…`. */
  evidenceStore: 'EVIDENCE_STORE',
  /** Digest of the image, `sha256:…`; a local cloud has no image and says `local`. */
  imageDigest: 'IMAGE_DIGEST',
  /** PEM file with the certificate authorities that may sign for the database. Only with a database. */
  databaseAuthorities: 'DATABASE_CA_FILE',
  /** Folder for scratch files, on the task's own volume. */
  scratch: 'TMPDIR',
  /** TCP port that a service listens on. Only for services. */
  port: 'PORT',
} as const;

export const launchVariables = {
  executionId: 'EXECUTION_ID',
  launchKey: 'LAUNCH_KEY',
  /** Name of the environment that the operator meant; must be the one the task finds itself in. */
  launchedFor: 'LAUNCHED_FOR',
  runId: 'RUN_ID',
  /** Instant after which the task ends itself. */
  deadline: 'DEADLINE',
  /** Canonical JSON of the parameters, when it has at most `inlineParametersLimit` characters as a string of JSON. */
  parameters: 'PARAMETERS',
  /** Otherwise: evidence key of the canonical JSON, and its SHA-256. */
  parametersKey: 'PARAMETERS_KEY',
  parametersDigest: 'PARAMETERS_SHA256',
} as const;

/** Overrides of RunTask are limited to 8,192 characters in all; parameters above this go by pointer. */
export const inlineParametersLimit = 4_096;
