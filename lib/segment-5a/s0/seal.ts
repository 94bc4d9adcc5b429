import { passedFlagName } from '../../evidence/format/passed-flag.ts';
import type { Sha256 } from '../../vocabulary/identifiers.ts';
import { type Dataset, datasetPath, partitionKeys } from '../dataset.ts';
import { dataFault } from '../frame/segment-failure.ts';
import { type RunIdentity, specVersions } from '../frame/states.ts';
import { lawsVersion } from '../identity.ts';
import { type Policies, policyFileName, policyNames } from '../policies/load-policies.ts';
import { inDigestOrder, type SealedInput, sealedInputsDigest } from '../sealed-inputs.ts';
import {
  merchantsTable,
  scenarioCalendarTable,
  scenariosTable,
  virtualClassificationTable,
  zoneAllocTable,
  zoneOffsetsTable,
} from '../world-datasets.ts';
import { worldDocumentName } from '../world-document.ts';
import type { Gate } from './gate-receipt.ts';
import type { VerifiedBundle, World } from './open-world.ts';
import type { ScenarioPlan } from './scenario-plans.ts';

type Part = Pick<
  SealedInput,
  'owner_layer' | 'owner_segment' | 'artifact_id' | 'role' | 'path_template' | 'sha256_hex' | 'read_scope'
> & { readonly schema_ref?: string; readonly partition_keys?: readonly string[] };

const worldTables: readonly { readonly dataset: Dataset; readonly role: string }[] = [
  { dataset: merchantsTable, role: 'upstream_egress' },
  { dataset: zoneAllocTable, role: 'upstream_egress' },
  { dataset: virtualClassificationTable, role: 'upstream_egress' },
  { dataset: scenariosTable, role: 'scenario_config' },
  { dataset: zoneOffsetsTable, role: 'reference_data' },
];

/**
 * What a run is bound to, as rows and receipt: the world's bundle, flag, document and tables, the
 * calendar of every scenario, each upstream bundle and flag, and every policy. Pure. Throws
 * `S0_REQUIRED_INPUT_MISSING` or `S0_REQUIRED_SCENARIO_MISSING` (65) for what the world does not hold.
 */
export function seal(
  run: RunIdentity,
  world: World,
  policies: Policies,
  plans: readonly ScenarioPlan[],
): Gate {
  const parts: readonly Part[] = [
    ...bundleParts('world', world.bundle),
    ...world.upstream.flatMap((bundle) => bundleParts(bundle.segment, bundle)),
    filePart(world, worldDocumentName, 'world_document', 'scenario_config', 'world-document/v1'),
    ...worldTables.map(({ dataset, role }) => tablePart(world, dataset, dataset.table.name, role)),
    ...plans.map(({ scenarioId }) => calendarPart(world, scenarioId)),
    ...policyNames.map((name): Part => {
      const { sha256 } = policies.files[name];
      return {
        owner_layer: 'layer2',
        owner_segment: '5A',
        artifact_id: `${name}_policy_5A`,
        role: 'policy',
        path_template: policyFileName(name),
        sha256_hex: sha256,
        read_scope: 'METADATA_ONLY',
      };
    }),
  ];
  const sealed = inDigestOrder(parts.map((part) => completed(part, run)));
  const upstream = [world.bundle, ...world.upstream].map(
    ({ segment, bundleDigest, flagDigest, manifestFingerprint }) =>
      [
        segment,
        {
          status: 'PASS' as const,
          bundle_sha256_hex: bundleDigest,
          flag_sha256_hex: flagDigest,
          manifest_fingerprint: manifestFingerprint,
        },
      ] as const,
  );
  return {
    sealed,
    receipt: {
      schema: 'fraud-platform/segment-gate-receipt/v1',
      manifest_fingerprint: run.manifestFingerprint,
      parameter_hash: run.parameterHash,
      s0_spec_version: specVersions.S0,
      laws_version: lawsVersion,
      scenario_pack_id: policies.scenario_horizon.scenario_pack_id,
      scenario_ids: plans.map(({ scenarioId }) => scenarioId),
      tz_database_version: world.document.tz_database_version,
      sealed_inputs_digest: sealedInputsDigest(sealed),
      verified_upstream_segments: Object.fromEntries(upstream),
    },
  };
}

function bundleParts(segment: string, bundle: VerifiedBundle): readonly Part[] {
  const common = { owner_layer: 'layer1', owner_segment: segment, read_scope: 'METADATA_ONLY' } as const;
  return [
    {
      ...common,
      artifact_id: `validation_bundle_${segment}`,
      role: 'validation_bundle',
      path_template: 'manifest-sha256.txt',
      sha256_hex: bundle.bundleDigest,
    },
    {
      ...common,
      artifact_id: `validation_passed_flag_${segment}`,
      role: 'validation_flag',
      path_template: passedFlagName,
      sha256_hex: bundle.flagDigest,
    },
  ];
}

function tablePart(world: World, dataset: Dataset, id: string, role: string): Part {
  return filePart(world, datasetPath(dataset, {}), id, role, `dataset/${dataset.table.name}`);
}

function calendarPart(world: World, scenarioId: string): Part {
  const path = datasetPath(scenarioCalendarTable, { scenario_id: scenarioId });
  const digest = world.digests.get(path);
  if (digest === undefined) {
    return dataFault({
      code: 'S0_REQUIRED_SCENARIO_MISSING',
      message: 'the world has no calendar for a scenario',
      where: path,
      value: scenarioId,
      remedy: 'Give every scenario of the scenarios table a calendar, if need be an empty one.',
    });
  }
  return {
    owner_layer: 'layer1',
    owner_segment: 'world',
    artifact_id: `scenario_calendar_5A.${scenarioId}`,
    role: 'scenario_config',
    schema_ref: `dataset/${scenarioCalendarTable.table.name}`,
    path_template: scenarioCalendarTable.pathTemplate,
    partition_keys: partitionKeys(scenarioCalendarTable),
    sha256_hex: digest,
    read_scope: 'ROW_LEVEL',
  };
}

function filePart(world: World, path: string, id: string, role: string, schemaRef: string): Part {
  const digest: Sha256 | undefined = world.digests.get(path);
  if (digest === undefined) {
    return dataFault({
      code: 'S0_REQUIRED_INPUT_MISSING',
      message: 'the world does not hold a table that every run needs',
      where: path,
      value: id,
      remedy: 'Make the world again, or add the table in the shape that the datasets say.',
    });
  }
  return {
    owner_layer: 'layer1',
    owner_segment: 'world',
    artifact_id: id,
    role,
    schema_ref: schemaRef,
    path_template: path,
    sha256_hex: digest,
    read_scope: 'ROW_LEVEL',
  };
}

function completed(part: Part, run: RunIdentity): SealedInput {
  return {
    manifest_fingerprint: run.manifestFingerprint,
    parameter_hash: run.parameterHash,
    owner_layer: part.owner_layer,
    owner_segment: part.owner_segment,
    artifact_id: part.artifact_id,
    manifest_key: `${part.owner_segment}.${part.artifact_id}`,
    role: part.role,
    schema_ref: part.schema_ref ?? part.role,
    path_template: part.path_template,
    partition_keys: part.partition_keys ?? [],
    sha256_hex: part.sha256_hex,
    version: 'v1',
    source_dictionary: 'segment-5a/datasets',
    source_registry: part.owner_segment,
    status: 'REQUIRED',
    read_scope: part.read_scope,
    notes: '',
  };
}
