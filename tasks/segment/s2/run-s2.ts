import {
  classShapeCatalogue,
  classZoneShape,
  merchantZoneProfile,
  shapeGridDefinition,
} from '../../../lib/segment-5a/datasets.ts';
import { publishOutputs } from '../../../lib/segment-5a/frame/publish-outputs.ts';
import { readCommittedTable } from '../../../lib/segment-5a/frame/read-input.ts';
import { type StateProgram, specVersions } from '../../../lib/segment-5a/frame/states.ts';
import { stageTable } from '../../../lib/segment-5a/frame/write-output.ts';
import { openGate } from '../../../lib/segment-5a/s0/gate-receipt.ts';
import { computeShapes } from '../../../lib/segment-5a/s2/compute-shapes.ts';
import { catalogueTable, gridTable, shapeTable } from '../../../lib/segment-5a/s2/shape-tables.ts';
import { columnOf } from '../../../lib/tables/columns.ts';

/** S2: the weekly shape of every class, channel group and zone of the profile. */
export const runS2: StateProgram = async (context) => {
  const { policies, run, phases, runFolder } = context;
  await openGate(runFolder, run, 'S2');
  const profile = await readCommittedTable(context, 'S1', merchantZoneProfile);
  phases.complete('input_load_schema_validation', profile.rows);

  const shapes = computeShapes(profile, policies, run.parameterHash);
  const shape = shapeTable(profile, shapes);
  const catalogue = catalogueTable(profile, shapes);
  const grid = gridTable(shapes.grid);
  phases.complete('core_compute', shape.rows);

  const files = [
    await stageTable(context, classZoneShape, shape),
    await stageTable(context, classShapeCatalogue, catalogue),
    await stageTable(context, shapeGridDefinition, grid),
  ];
  phases.complete('output_schema_validation', shape.rows + catalogue.rows + grid.rows);

  const counts = {
    domain_rows: catalogue.rows,
    grid_rows: grid.rows,
    shape_rows: shape.rows,
    template_rows: new Set(columnOf(catalogue, 'template_id', 'string').codes).size,
    classes_total: new Set(columnOf(catalogue, 'demand_class', 'string').codes).size,
  };
  const publication = await publishOutputs({
    runFolder,
    scratch: context.scratch,
    receipt: {
      state: 'S2',
      spec_version: specVersions.S2,
      manifest_fingerprint: run.manifestFingerprint,
      parameter_hash: run.parameterHash,
      counts,
    },
    files,
  });
  phases.complete('output_write', shape.rows + catalogue.rows + grid.rows);
  return { counts, metrics: {}, warnings: [], publications: [publication] };
};
