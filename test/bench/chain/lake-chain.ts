/** Runs every launch of a segment run in the lake, one after the other, each with a scratch of its own. */
import { z } from 'zod';
import { segmentContract } from '../../../lib/task-contracts/segment.ts';
import { launchSegment } from '../../support/lake-ground.ts';

const parameters = segmentContract.parameters;
const { prepare, lanes, validate } = z
  .object({ prepare: parameters, lanes: z.array(parameters), validate: parameters })
  .parse(JSON.parse(process.argv[2] ?? ''));
for (const launch of [prepare, ...lanes, validate]) await launchSegment(launch);
