import { mkdir } from 'node:fs/promises';
import { join } from 'node:path';
import { writeWhole } from '../../lib/files/write-whole.ts';
import { type MadeReport, makeReport, type ReportWish } from '../commands/report.ts';
import type { ChainKit } from './chain-kit.ts';
import { describeProgress } from './describe-progress.ts';
import type { Findings } from './outcome.ts';

export type ReportStep = { readonly made: readonly MadeReport[]; readonly found: Findings['reports'] };

/**
 * Has both reports made and puts them where the latest ones are: a page that is open in a browser is reloaded,
 * and the folder does not grow. The evidence keeps each of them.
 */
export async function reportStep(
  kit: ChainKit,
  burst: Findings['burst'],
  segment: Findings['segment'],
): Promise<ReportStep> {
  const wishes = [
    { parameters: { about: 'burst', execution_id: burst.execution }, runId: burst.run },
    { parameters: { about: 'segment', run_folder: segment.folder }, runId: burst.run },
  ];
  const made: MadeReport[] = [];
  const found: Findings['reports'][number][] = [];
  for (const wish of wishes) {
    const report = await reportTo(kit, wish);
    made.push(report.made);
    found.push(report.found);
  }
  return { made, found };
}

async function reportTo(
  { context, reportsFolder }: ChainKit,
  wish: ReportWish,
): Promise<{ readonly made: MadeReport; readonly found: Findings['reports'][number] }> {
  const made = await makeReport(context, wish, describeProgress);
  const { about, status } = made.output;
  const folder = join(reportsFolder, about);
  await mkdir(folder, { recursive: true });
  for (const { name, content } of made.files) {
    await writeWhole(join(folder, name), content, { replace: true });
  }
  return { made, found: { about, status, page: join(folder, 'report.html') } };
}
