import { merchantClassProfile, merchantZoneProfile } from '../../../lib/segment-5a/datasets.ts';
import { publishOutputs } from '../../../lib/segment-5a/frame/publish-outputs.ts';
import { readSealedTable } from '../../../lib/segment-5a/frame/read-input.ts';
import { type StateProgram, specVersions } from '../../../lib/segment-5a/frame/states.ts';
import { stageTable } from '../../../lib/segment-5a/frame/write-output.ts';
import { openGate } from '../../../lib/segment-5a/s0/gate-receipt.ts';
import { merchantClassProfiles } from '../../../lib/segment-5a/s1/class-profile.ts';
import { computeProfiles } from '../../../lib/segment-5a/s1/compute-profiles.ts';
import { profileCounts, profileMetrics } from '../../../lib/segment-5a/s1/profile-figures.ts';
import { realismWarnings } from '../../../lib/segment-5a/s1/realism.ts';
import {
  merchantsTable,
  virtualClassificationTable,
  zoneAllocTable,
  zoneOffsetsTable,
} from '../../../lib/segment-5a/world-datasets.ts';
import { columnOf } from '../../../lib/tables/columns.ts';

/** S1: class, role and expected weekly volume of every merchant-zone. */
export const runS1: StateProgram = async (context) => {
  const { policies, run, phases, runFolder } = context;
  const gate = await openGate(runFolder, run, 'S1');
  const zoneAlloc = await readSealedTable(context, gate, zoneAllocTable, 'zone_alloc');
  const merchants = await readSealedTable(context, gate, merchantsTable, 'merchants');
  const virtual = await readSealedTable(context, gate, virtualClassificationTable, 'virtual_classification');
  const zones = await readSealedTable(context, gate, zoneOffsetsTable, 'zone_offsets');
  phases.complete('input_load_schema_validation', zoneAlloc.rows);

  const knownZones = new Set(columnOf(zones, 'tzid', 'string').dictionary);
  const input = { zoneAlloc, merchants, virtualClassification: virtual, knownZones };
  const { profile, features, softCap } = computeProfiles(input, policies, run.parameterHash);
  const classProfile = merchantClassProfiles(profile);
  const counts = profileCounts(profile, softCap);
  const warnings = realismWarnings(profile, zoneAlloc, features, policies);
  phases.complete('core_compute', profile.rows);

  const publication = await publishOutputs({
    runFolder,
    scratch: context.scratch,
    receipt: {
      state: 'S1',
      spec_version: specVersions.S1,
      manifest_fingerprint: run.manifestFingerprint,
      parameter_hash: run.parameterHash,
      counts,
    },
    files: [
      await stageTable(context, merchantZoneProfile, profile),
      await stageTable(context, merchantClassProfile, classProfile),
    ],
  });
  phases.complete('output_write', profile.rows + classProfile.rows);
  return {
    counts,
    metrics: profileMetrics(profile, softCap, policies.demand_scale),
    warnings: warnings.map((warning) => ({
      code: 'S1_REALISM',
      message: `${warning.field}: ${warning.subject} is at ${warning.value}, the policy says ${warning.limit}`,
      detail: { ...warning },
    })),
    publications: [publication],
  };
};
