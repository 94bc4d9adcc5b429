import { join } from 'node:path';
import { type Dataset, datasetPath, type Partition } from '../../../lib/segment-5a/dataset.ts';
import { scenarioManifest } from '../../../lib/segment-5a/datasets.ts';
import { publishOutputs } from '../../../lib/segment-5a/frame/publish-outputs.ts';
import { readChecked } from '../../../lib/segment-5a/frame/read-input.ts';
import { type StateContext, type StateProgram, specVersions } from '../../../lib/segment-5a/frame/states.ts';
import { stageDocument, stageTable } from '../../../lib/segment-5a/frame/write-output.ts';
import { gateReceiptPath, sealedInputsPath } from '../../../lib/segment-5a/s0/gate-receipt.ts';
import { filledTables, requireRows } from '../../../lib/segment-5a/s0/require-rows.ts';
import {
  plansOfRun,
  scenarioManifestTable,
  scenarioPlans,
} from '../../../lib/segment-5a/s0/scenario-plans.ts';
import { seal } from '../../../lib/segment-5a/s0/seal.ts';
import { scenarioCalendarTable, scenariosTable } from '../../../lib/segment-5a/world-datasets.ts';
import type { Table } from '../../../lib/tables/columns.ts';

/**
 * S0: holds every row of the world's tables to their schemas, seals world and policies into one digest,
 * and publishes gate receipt, sealed inputs and the manifest of the run's scenarios.
 */
export const runS0: StateProgram = async (context) => {
  const { world, policies, run, phases } = context;
  const scenarios = await worldTable(context, scenariosTable);
  const plans = plansOfRun(run, scenarioPlans(scenarios, policies.scenario_horizon));
  // Everything that is to be sealed must be there before any of it is read.
  const gate = seal(run, world, policies, plans);
  let rows = scenarios.rows;
  for (const dataset of filledTables) {
    const table = await worldTable(context, dataset);
    requireRows(dataset, table);
    rows += table.rows;
  }
  for (const { scenarioId } of plans) {
    rows += (await worldTable(context, scenarioCalendarTable, { scenario_id: scenarioId })).rows;
  }
  phases.complete('seal', rows);
  const publication = await publishOutputs({
    runFolder: context.runFolder,
    scratch: context.scratch,
    receipt: {
      state: 'S0',
      spec_version: specVersions.S0,
      manifest_fingerprint: run.manifestFingerprint,
      parameter_hash: run.parameterHash,
      counts: { sealed_inputs: gate.sealed.length, scenarios: plans.length },
    },
    files: [
      await stageDocument(context, 's0_gate_receipt_5A', gateReceiptPath(run), gate.receipt, 1),
      await stageDocument(
        context,
        'sealed_inputs_5A',
        sealedInputsPath(run),
        gate.sealed.map((row) => ({ ...row })),
        gate.sealed.length,
      ),
      await stageTable(context, scenarioManifest, scenarioManifestTable(plans)),
    ],
  });
  phases.complete('output_write', gate.sealed.length);
  return {
    counts: { sealed_inputs: gate.sealed.length, scenarios: plans.length, world_rows: rows },
    metrics: { sealed_inputs_digest: gate.receipt.sealed_inputs_digest },
    warnings: [],
    publications: [publication],
  };
};

function worldTable({ world }: StateContext, dataset: Dataset, partition: Partition = {}): Promise<Table> {
  const path = join(world.data, datasetPath(dataset, partition));
  return readChecked(path, dataset.table, 'S0_SEALED_INPUT_SCHEMA_MISMATCH');
}
