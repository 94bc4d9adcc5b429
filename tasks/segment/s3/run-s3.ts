import {
  classZoneBaseline,
  classZoneShape,
  merchantZoneBaseline,
  merchantZoneProfile,
  shapeGridDefinition,
} from '../../../lib/segment-5a/datasets.ts';
import { publishOutputs, type StagedFile } from '../../../lib/segment-5a/frame/publish-outputs.ts';
import { gatherDistribution } from '../../../lib/segment-5a/frame/quantiles.ts';
import { readCommittedTable } from '../../../lib/segment-5a/frame/read-input.ts';
import { stageProduct } from '../../../lib/segment-5a/frame/stage-product.ts';
import { type StateProgram, specVersions } from '../../../lib/segment-5a/frame/states.ts';
import { stageTable } from '../../../lib/segment-5a/frame/write-output.ts';
import { merchantBucketLabel } from '../../../lib/segment-5a/laws/merchant-bucket.ts';
import { openGate } from '../../../lib/segment-5a/s0/gate-receipt.ts';
import { alignedShapes } from '../../../lib/segment-5a/s2/read-shapes.ts';
import {
  baselineLambda,
  baselineParts,
  classBaselineTable,
  rowsByMerchantBucket,
} from '../../../lib/segment-5a/s3/compute-baseline.ts';

/** S3: λ_base of every merchant-zone and week bucket, one merchant bucket at a time, and its sums by class-zone. */
export const runS3: StateProgram = async (context) => {
  const { policies, run, phases, runFolder } = context;
  await openGate(runFolder, run, 'S3');
  const profile = await readCommittedTable(context, 'S1', merchantZoneProfile);
  const shapeTable = await readCommittedTable(context, 'S2', classZoneShape);
  const grid = await readCommittedTable(context, 'S2', shapeGridDefinition);
  phases.complete('input_load_schema_validation', profile.rows + shapeTable.rows + grid.rows);

  const shapes = alignedShapes(profile, shapeTable, grid.rows);
  const bucketRows = rowsByMerchantBucket(profile);
  phases.complete('domain_alignment', profile.rows);

  const { baseline_intensity: policy } = policies;
  const lambdas = gatherDistribution();
  const weeklyErrors = gatherDistribution();
  const files: StagedFile[] = [];
  const buffer = new Float64Array(Math.max(...bucketRows.map(({ length }) => length)) * grid.rows);
  for (const [bucket, rows] of bucketRows.entries()) {
    context.signal.throwIfAborted();
    const { lambda } = await phases.spend('core_compute', async () => {
      const computed = baselineLambda(profile, rows, shapes, policy, buffer);
      lambdas.add(computed.lambda);
      weeklyErrors.add(computed.relativeErrors);
      return computed;
    });
    files.push(
      await phases.spend('output_schema_validation', () =>
        stageProduct(context, merchantZoneBaseline, baselineParts(profile, rows, grid.rows, lambda), {
          mbucket: merchantBucketLabel(bucket),
        }),
      ),
    );
    phases.progress(bucket + 1, bucketRows.length);
  }
  const classBaseline = await phases.spend('core_compute', async () => classBaselineTable(profile, shapes));
  files.push(
    await phases.spend('output_schema_validation', () =>
      stageTable(context, classZoneBaseline, classBaseline),
    ),
  );
  const metrics = await phases.spend('core_compute', async () => ({
    lambda_local_base: { ...lambdas.finish() },
    weekly_rel_err: { ...weeklyErrors.finish() },
    // A row beyond the tolerance ends the state; what is published has none.
    weekly_sum_error_violations_count: 0,
  }));
  const baselineRows = profile.rows * grid.rows;
  phases.completeInterleaved('core_compute', baselineRows + classBaseline.rows);
  phases.completeInterleaved('output_schema_validation', baselineRows + classBaseline.rows);

  const counts = {
    domain_rows: profile.rows,
    baseline_rows: baselineRows,
    shape_rows: shapeTable.rows,
    grid_rows: grid.rows,
    class_baseline_rows: classBaseline.rows,
  };
  const publication = await publishOutputs({
    runFolder,
    scratch: context.scratch,
    receipt: {
      state: 'S3',
      spec_version: specVersions.S3,
      manifest_fingerprint: run.manifestFingerprint,
      parameter_hash: run.parameterHash,
      counts,
    },
    files,
  });
  phases.complete('output_write', baselineRows + classBaseline.rows);
  return { counts, metrics, warnings: [], publications: [publication] };
};
