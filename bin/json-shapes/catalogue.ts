import {
  adjudicationReplayShape,
  adjudicationShape,
  burstPlanShape,
  burstPlansShape,
} from './burst-shapes.ts';
import {
  completionShape,
  databaseShape,
  doctorShape,
  imagePlanShape,
  imageShape,
  localRemoveShape,
  localShape,
  queriesShape,
  queryShape,
} from './environment-shapes.ts';
import {
  bundleReportShape,
  failureShape,
  logLineShape,
  phaseShape,
  phasesShape,
  reportShape,
  runScopeShape,
  runShape,
  runsShape,
  startedShape,
  statusShape,
  tasksShape,
  verdictShape,
} from './run-shapes.ts';
import {
  baselineScoreShape,
  baselineShape,
  closureScoreShape,
  generatedWorldShape,
  laneScoreShape,
  pruneShape,
  segmentRunsShape,
  stagedRunShape,
  witnessShape,
  worldCheckShape,
  worldDescriptionShape,
} from './segment-shapes.ts';

/**
 * Everything that a command may print with `--json`. A shape that is released changes by getting a new
 * version in its name, and never in place: programs rely on every member. Nothing of this is loaded to run
 * a command: tests hold what is printed to it, and docs are made of it.
 */
export const jsonShapes = [
  failureShape,
  verdictShape,
  startedShape,
  statusShape,
  logLineShape,
  runsShape,
  runShape,
  runScopeShape,
  tasksShape,
  generatedWorldShape,
  worldCheckShape,
  worldDescriptionShape,
  stagedRunShape,
  witnessShape,
  segmentRunsShape,
  pruneShape,
  burstPlanShape,
  burstPlansShape,
  adjudicationShape,
  adjudicationReplayShape,
  queriesShape,
  queryShape,
  reportShape,
  baselineScoreShape,
  laneScoreShape,
  closureScoreShape,
  baselineShape,
  phasesShape,
  phaseShape,
  bundleReportShape,
  doctorShape,
  databaseShape,
  imageShape,
  imagePlanShape,
  localShape,
  localRemoveShape,
  completionShape,
] as const;

export type JsonShape = (typeof jsonShapes)[number];

/** Name and version of a shape: `fraudctl/verdict/v1`. */
export type ShapeName = JsonShape['shape']['schema']['value'];
