import { chmod, mkdir, readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { writeWhole } from '../files/write-whole.ts';
import { errorCodeOf, fail, messageOf } from '../vocabulary/failure.ts';

/** Layout of a home folder that this code reads and writes. */
const layoutVersion = 1;

/** Where things are in the home folder of a local environment. */
export type Home = {
  readonly root: string;
  readonly evidence: string;
  /** The third copy of what is sealed. */
  readonly mirror: string;
  readonly journal: string;
  readonly tasks: string;
  readonly logs: string;
  readonly services: string;
  readonly secrets: string;
  readonly postgres: string;
  readonly serverLog: string;
  readonly accessKeyFile: string;
  /** Which schema and grants the database was last brought to. */
  readonly migrated: string;
  /** Segment runs and worlds of `npm start`; other runs are where their operators keep them. */
  readonly runs: string;
  /** The latest reports of `npm start`. */
  readonly reports: string;
  /** Says which version's home it is: whoever has it is a home. */
  readonly layout: string;
};

export function homeAt(root: string): Home {
  return {
    root,
    evidence: join(root, 'evidence'),
    mirror: join(root, 'mirror'),
    journal: join(root, 'journal'),
    tasks: join(root, 'tasks'),
    logs: join(root, 'logs'),
    services: join(root, 'services'),
    secrets: join(root, 'secrets'),
    postgres: join(root, 'postgres'),
    serverLog: join(root, 'local-cloud.log'),
    accessKeyFile: join(root, 'secrets', 'cloud-access-key'),
    migrated: join(root, 'migrated'),
    runs: join(root, 'runs'),
    reports: join(root, 'reports'),
    layout: join(root, 'layout.json'),
  };
}

/**
 * Makes the folders of a home, or checks and closes those that are there. Throws `STATE_NEWER` (65) for a home of
 * a later version and `HOME_NOT_WRITABLE` (77); a home it refuses is left as it was.
 */
export async function prepareHome(home: Home): Promise<void> {
  const file = home.layout;
  const text = await readFile(file, 'utf8').catch((error: unknown) => {
    if (errorCodeOf(error) === 'ENOENT') return undefined;
    return refuseHome(home, error);
  });
  if (text !== undefined) checkLayout(text, file);
  try {
    // Others on this machine may pass through (PostgreSQL runs as another user when we are root), not look inside.
    await mkdir(home.root, { recursive: true, mode: 0o711 });
    await closeFolders(home);
    if (text === undefined)
      await writeWhole(file, `${JSON.stringify({ layout: layoutVersion })}\n`, { replace: true });
  } catch (error) {
    refuseHome(home, error);
  }
}

/**
 * Leaves all of a home to its user but PostgreSQL's part, which may be another's. Also what is needed later is made
 * here, or whoever needs it first would leave it open; and what an earlier version has made is closed.
 */
async function closeFolders({
  evidence,
  mirror,
  journal,
  tasks,
  logs,
  services,
  secrets,
  runs,
  reports,
}: Home): Promise<void> {
  for (const folder of [evidence, mirror, journal, tasks, logs, services, secrets, runs, reports]) {
    await mkdir(folder, { recursive: true, mode: 0o700 });
    await chmod(folder, 0o700);
  }
}

function checkLayout(text: string, file: string): void {
  let layout: unknown;
  try {
    layout = JSON.parse(text).layout;
  } catch {
    layout = undefined;
  }
  if (layout === layoutVersion) return;
  fail({
    exit: 'data',
    code: typeof layout === 'number' && layout > layoutVersion ? 'STATE_NEWER' : 'STATE_UNREADABLE',
    message: `the state of this local environment has layout ${String(layout)}, this version works with ${layoutVersion}`,
    where: file,
    value: String(layout),
    remedy: 'Use the version that made it, or another folder: FRAUD_PLATFORM_HOME=<folder>.',
  });
}

function refuseHome(home: Home, error: unknown): never {
  return fail(
    {
      exit: 'not-permitted',
      code: 'HOME_NOT_WRITABLE',
      message: `the folder of the local environment cannot be used: ${messageOf(error)}`,
      where: home.root,
      remedy: 'Give this user the folder, or choose another: FRAUD_PLATFORM_HOME=<folder>.',
    },
    error,
  );
}
