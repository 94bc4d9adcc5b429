import {
  AddTagsToResourceCommand,
  type RDSClient,
  RemoveTagsFromResourceCommand,
  StartDBInstanceCommand,
  StopDBInstanceCommand,
} from '@aws-sdk/client-rds';
import { databaseIdentifier, type EnvironmentName, stoppedOnPurposeTag } from '../../../config/names.ts';
import { readDatabase } from '../doctor/read-deployment.ts';
import type { DatabaseSwitch } from './power-database.ts';

/** The instance of an environment, through RDS. `now` in epoch milliseconds. */
export function rdsSwitch(
  rds: RDSClient,
  place: { readonly environment: EnvironmentName; readonly account: string; readonly region: string },
  now: () => number,
  signal: AbortSignal,
): DatabaseSwitch {
  const { environment, account, region } = place;
  const DBInstanceIdentifier = databaseIdentifier(environment);
  const ResourceName = `arn:aws:rds:${region}:${account}:db:${DBInstanceIdentifier}`;
  const options = { abortSignal: signal };
  return {
    read: () => readDatabase({ rds }, environment, signal),
    tag: async () => {
      const Value = new Date(now()).toISOString();
      await rds.send(
        new AddTagsToResourceCommand({ ResourceName, Tags: [{ Key: stoppedOnPurposeTag, Value }] }),
        options,
      );
    },
    untag: async () => {
      await rds.send(
        new RemoveTagsFromResourceCommand({ ResourceName, TagKeys: [stoppedOnPurposeTag] }),
        options,
      );
    },
    stop: async () => {
      await rds.send(new StopDBInstanceCommand({ DBInstanceIdentifier }), options);
    },
    start: async () => {
      await rds.send(new StartDBInstanceCommand({ DBInstanceIdentifier }), options);
    },
  };
}
