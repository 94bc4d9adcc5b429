import type { TaskLog } from './task-program.ts';

/** What a service gets: everything already checked, nothing to look up. */
export type ServiceContext = {
  readonly environment: string;
  readonly imageDigest: string;
  readonly settings: Readonly<Record<string, string>>;
  readonly secrets: Readonly<Record<string, string>>;
  /** PEM text of the database's authorities; present when the contract has a database. */
  readonly databaseAuthorities?: string;
  readonly port: number;
  /** Folder on local disk for the service's own files. */
  readonly scratch: string;
  /** Aborts on SIGTERM; from then on the service has its contract's `stopGrace` to drain and return. */
  readonly signal: AbortSignal;
  readonly log: TaskLog;
};

/** Serves until the signal aborts and what was begun is finished; what it throws is why it could not. */
export type ServiceProgram = (context: ServiceContext) => Promise<void>;
