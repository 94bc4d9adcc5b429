import type { LocalCloudFact, LocalHomeFact } from './facts.ts';
import { busy, failed, type Judgement, ok } from './finding.ts';

/** A small world with its run, a bundle and a log fit in this. */
const leastFreeBytes = 2 * 2 ** 30;

/** Whether the local cloud answers. Pure. */
export function judgeLocalCloud(cloud: LocalCloudFact): Judgement {
  if (cloud === undefined) return failed('it does not run', 'Start it: fraudctl local up');
  const found = `process ${cloud.pid}, 127.0.0.1:${cloud.port}`;
  return cloud.state === 'ready'
    ? ok(found)
    : busy(`${cloud.state}, ${found}`, 'Wait a moment, then run the doctor again.');
}

/** Whether the local PostgreSQL listens. Pure. */
export function judgeLocalDatabase(cloud: LocalCloudFact): Judgement {
  return cloud?.postgresPort === undefined
    ? failed(
        'PostgreSQL does not listen',
        'Start it: fraudctl local up; its log is below postgres in the folder of the environment.',
      )
    : ok(`PostgreSQL on 127.0.0.1:${cloud.postgresPort}`);
}

/** Whether secrets are the owner's alone, and the disk has room. Pure. */
export function judgeLocalHome({ openSecrets, freeBytes }: LocalHomeFact): Judgement {
  const gibibytes = `${(freeBytes / 2 ** 30).toFixed(1)} GiB free`;
  if (openSecrets.length > 0) {
    return failed(`others may open ${openSecrets.join(', ')}`, 'Take that away: chmod go-rwx on each.');
  }
  return freeBytes < leastFreeBytes
    ? failed(gibibytes, 'Make room, or choose another folder: FRAUD_PLATFORM_HOME=<folder>.')
    : ok(`secrets are yours alone, ${gibibytes}`);
}
