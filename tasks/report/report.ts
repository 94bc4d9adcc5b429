import { launchPrefix } from '../../config/names.ts';
import { canonicalBytes } from '../../lib/evidence/format/canonical-json.ts';
import { publishObject } from '../../lib/evidence/publish-object.ts';
import { refuseCredentials } from '../../lib/evidence/refuse-credentials.ts';
import { burstPage } from '../../lib/reports/burst-page.ts';
import { burstReport } from '../../lib/reports/burst-report.ts';
import { burstMarkdown, segmentMarkdown } from '../../lib/reports/markdown.ts';
import { type ReportFile, type ReportOutput, reportOutputSchema } from '../../lib/reports/report-output.ts';
import { segmentPage } from '../../lib/reports/segment-page.ts';
import { segmentReport } from '../../lib/reports/segment-report.ts';
import type { TaskContext, TaskProgram } from '../../lib/runtime/task-program.ts';
import { stateNames } from '../../lib/segment-5a/frame/states.ts';
import { nearRun } from '../../lib/segment-5a/lake/near-run.ts';
import type { reportContract } from '../../lib/task-contracts/report.ts';
import { fail } from '../../lib/vocabulary/failure.ts';
import { gatherBurst } from './gather-burst.ts';
import { gatherSegment } from './gather-segment.ts';
import { withReportLock } from './report-lock.ts';

export type ReportContext = TaskContext<typeof reportContract>;
type Contents = Readonly<Record<ReportFile, Uint8Array>>;

/** Writes one report; of two that are asked for at once, the second is told who writes. */
export const report: TaskProgram<typeof reportContract> = async (context) => {
  const { parameters } = context;
  const subject = parameters.about === 'burst' ? parameters.execution_id : parameters.run_folder;
  return await withReportLock(context, subject, async () => {
    const { contents, status } =
      parameters.about === 'burst'
        ? await burstContents(context, parameters.execution_id)
        : await segmentContents(context, parameters.run_folder);
    const files: ReportOutput['files'] = [];
    for (const [name, content] of Object.entries(contents) as [ReportFile, Uint8Array][]) {
      const key = `${launchPrefix(context.launch.environment, context.launch.launchKey)}${name}`;
      refuseCredentials(name, content, Object.values(context.secrets));
      const published = await publishObject(context.evidence, key, content, context.signal);
      if (published.kind === 'conflict') {
        fail({
          exit: 'conflict',
          code: 'REPORT_CONFLICT',
          message: 'this launch has written another report before',
          where: key,
          value: published.existing,
          remedy: 'Ask for the report again, as a new execution.',
        });
      }
      files.push({ name, key, sha256: published.sha256, bytes: content.length });
      context.log('report-file', { name, bytes: content.length });
    }
    return { output: reportOutputSchema.parse({ about: parameters.about, subject, status, files }) };
  });
};

const text = (content: string) => new TextEncoder().encode(content);

async function burstContents(
  context: ReportContext,
  executionId: Parameters<typeof gatherBurst>[1],
): Promise<{ readonly contents: Contents; readonly status: string }> {
  const document = burstReport(await gatherBurst(context, executionId));
  return {
    status: document.adjudication.overall_pass ? 'PASS' : 'BLOCKED',
    contents: {
      'report.json': canonicalBytes(JSON.parse(JSON.stringify(document))),
      'report.md': text(burstMarkdown(document)),
      'report.html': text(burstPage(document)),
    },
  };
}

async function segmentContents(
  context: ReportContext,
  runFolder: string,
): Promise<{ readonly contents: Contents; readonly status: string }> {
  const selection = { states: stateNames, validation: true, reports: true };
  const folder = await nearRun(runFolder, selection, context.scratch, context.signal);
  const document = segmentReport(await gatherSegment(folder, context.scratch));
  return {
    status: document.overall_status ?? 'NOT_JUDGED',
    contents: {
      'report.json': canonicalBytes(JSON.parse(JSON.stringify(document))),
      'report.md': text(segmentMarkdown(document)),
      'report.html': text(segmentPage(document)),
    },
  };
}
