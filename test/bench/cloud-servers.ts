import { localCloudStatus } from '../../lib/local-cloud/control.ts';

/** Process ids of the local cloud of a home, with the tasks below it, and of its PostgreSQL; none when it is not up. */
export async function cloudServers(home: string): Promise<readonly number[]> {
  const status = await localCloudStatus(home);
  if (status === undefined) return [];
  return [status.pid, ...(status.postgres === null ? [] : [status.postgres.pid])];
}
