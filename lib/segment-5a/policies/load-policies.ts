import { readdir } from 'node:fs/promises';
import { join } from 'node:path';
import type { z } from 'zod';
import { errorCodeOf, fail, messageOf } from '../../vocabulary/failure.ts';
import { didYouMean } from '../../vocabulary/nearest-names.ts';
import { type ParameterHash, parameterHash } from '../identity.ts';
import { findingsOfLibraryFloors } from '../laws/library-floors.ts';
import { weekGrid } from '../laws/week-grid.ts';
import { baselineIntensitySchema } from './baseline-intensity.ts';
import { demandScaleSchema, findingsOfDemandScale } from './demand-scale.ts';
import { findingsOfMerchantClass, merchantClassSchema } from './merchant-class.ts';
import { findingsOfOrdering, overlayOrderingSchema } from './overlay-ordering.ts';
import { findingsOfOverlayValidation, overlayValidationSchema } from './overlay-validation.ts';
import {
  type PolicyFile,
  type PolicyFinding,
  parsePolicy,
  readPolicyFile,
  refusePolicy,
} from './policy-file.ts';
import { findingsOfHorizon, scenarioHorizonSchema } from './scenario-horizon.ts';
import { findingsOfOverlay, scenarioOverlaySchema } from './scenario-overlay.ts';
import { findingsOfShapeLibrary, shapeLibrarySchema } from './shape-library.ts';
import { findingsOfTimeGrid, shapeTimeGridSchema } from './shape-time-grid.ts';
import { specCompatibilitySchema } from './spec-compatibility.ts';
import { findingsOfValidation, validationSchema } from './validation.ts';
import { findingsOfZoneModifiers, zoneModifiersSchema } from './zone-modifiers.ts';

const schemas = {
  baseline_intensity: baselineIntensitySchema,
  demand_scale: demandScaleSchema,
  merchant_class: merchantClassSchema,
  overlay_ordering: overlayOrderingSchema,
  overlay_validation: overlayValidationSchema,
  scenario_horizon: scenarioHorizonSchema,
  scenario_overlay: scenarioOverlaySchema,
  shape_library: shapeLibrarySchema,
  shape_time_grid: shapeTimeGridSchema,
  spec_compatibility: specCompatibilitySchema,
  validation: validationSchema,
  zone_modifiers: zoneModifiersSchema,
} as const;

export type PolicyName = keyof typeof schemas;
export const policyNames = Object.keys(schemas) as readonly PolicyName[];

/** Name of a policy's file inside the policy folder. */
export const policyFileName = (name: PolicyName) => `${name}.yaml`;

type Documents = { readonly [Name in PolicyName]: z.infer<(typeof schemas)[Name]> };

/** All policies of the segment, checked each and together, with the files they came from. */
export type Policies = Documents & {
  readonly files: Readonly<Record<PolicyName, PolicyFile>>;
  readonly parameterHash: ParameterHash;
};

/**
 * Loads every policy of a folder. Refuses a missing file (`S0_REQUIRED_POLICY_MISSING`), a file that
 * no policy has (`POLICY_UNKNOWN`), and any unknown, unused, out-of-range or contradictory field
 * (`POLICY_INVALID`), naming file and path.
 */
export async function loadPolicies(folder: string): Promise<Policies> {
  await refuseUnknownFiles(folder);
  const entries = await Promise.all(
    policyNames.map(
      async (name) => [name, await readPolicyFile(join(folder, policyFileName(name)))] as const,
    ),
  );
  return parsePolicies(Object.fromEntries(entries) as Record<PolicyName, PolicyFile>);
}

/** The pure part of `loadPolicies`: files already read in, policies out. */
export function parsePolicies(files: Readonly<Record<PolicyName, PolicyFile>>): Policies {
  const documents: Documents = {
    baseline_intensity: parsePolicy(files.baseline_intensity, schemas.baseline_intensity),
    demand_scale: parsePolicy(files.demand_scale, schemas.demand_scale),
    merchant_class: parsePolicy(files.merchant_class, schemas.merchant_class),
    overlay_ordering: parsePolicy(files.overlay_ordering, schemas.overlay_ordering),
    overlay_validation: parsePolicy(files.overlay_validation, schemas.overlay_validation),
    scenario_horizon: parsePolicy(files.scenario_horizon, schemas.scenario_horizon),
    scenario_overlay: parsePolicy(files.scenario_overlay, schemas.scenario_overlay),
    shape_library: parsePolicy(files.shape_library, schemas.shape_library),
    shape_time_grid: parsePolicy(files.shape_time_grid, schemas.shape_time_grid),
    spec_compatibility: parsePolicy(files.spec_compatibility, schemas.spec_compatibility),
    validation: parsePolicy(files.validation, schemas.validation),
    zone_modifiers: parsePolicy(files.zone_modifiers, schemas.zone_modifiers),
  };
  for (const [name, findings] of Object.entries(findingsOf(documents))) {
    const [finding] = findings;
    if (finding !== undefined) refusePolicy(files[name as PolicyName], finding);
  }
  return { ...documents, files, parameterHash: parameterHash(Object.values(files)) };
}

function findingsOf(documents: Documents): Partial<Record<PolicyName, readonly PolicyFinding[]>> {
  const { bucket_minutes: bucketMinutes } = documents.shape_time_grid;
  return {
    merchant_class: findingsOfMerchantClass(documents.merchant_class),
    demand_scale: findingsOfDemandScale(documents.demand_scale),
    shape_time_grid: findingsOfTimeGrid(documents.shape_time_grid),
    shape_library: libraryFindings(documents),
    zone_modifiers: findingsOfZoneModifiers(documents.zone_modifiers, bucketMinutes),
    scenario_horizon: findingsOfHorizon(documents.scenario_horizon, bucketMinutes),
    scenario_overlay: findingsOfOverlay(documents.scenario_overlay),
    overlay_ordering: findingsOfOrdering(documents.overlay_ordering),
    overlay_validation: findingsOfOverlayValidation(documents.overlay_validation),
    validation: findingsOfValidation(documents.validation),
  };
}

/** Values only after structure: a floor is measured on a library that is well formed, on a grid that divides the day. */
function libraryFindings(documents: Documents): readonly PolicyFinding[] {
  const structural = findingsOfShapeLibrary(documents.shape_library);
  if (structural.length > 0 || findingsOfTimeGrid(documents.shape_time_grid).length > 0) return structural;
  return findingsOfLibraryFloors(documents.shape_library, weekGrid(documents.shape_time_grid));
}

async function refuseUnknownFiles(folder: string): Promise<void> {
  let names: readonly string[];
  try {
    names = await readdir(folder);
  } catch (error) {
    const missing = errorCodeOf(error) === 'ENOENT' || errorCodeOf(error) === 'ENOTDIR';
    return fail(
      {
        exit: missing ? 'refused' : 'transient',
        code: missing ? 'S0_REQUIRED_POLICY_MISSING' : 'S0_IO_READ_FAILED',
        message: missing
          ? 'there is no such policy folder'
          : `the policy folder cannot be read: ${messageOf(error)}`,
        where: folder,
        remedy: 'Name the folder that holds the segment policies.',
      },
      error,
    );
  }
  const known = new Set(policyNames.map(policyFileName));
  const unknown = names.find((name) => !known.has(name));
  if (unknown === undefined) return;
  fail({
    exit: 'data',
    code: 'POLICY_UNKNOWN',
    message: 'the policy folder holds a file that no policy is read from',
    where: join(folder, unknown),
    value: unknown,
    remedy: `${didYouMean(unknown, [...known])}Remove it, or rename it to one of: ${[...known].join(', ')}.`,
  });
}
