import type { Act } from './act.ts';
import type { OperatorCommand } from './operator-command.ts';
import { runsRootOption } from './shared-options.ts';

/** Reports from sealed evidence. */
export function addReportCommands(program: OperatorCommand, act: Act): void {
  const report = program.group('report', 'reports as JSON, Markdown and one page, from sealed evidence');
  report
    .command('burst')
    .description(
      'of a burst that is over: judgement, rate and latency over time, lanes, whether the sources agree',
    )
    .argument('<execution>', 'execution id')
    .option('--out <folder>', 'where the files are put; report-<execution> without it')
    .examples('fraudctl report burst burst_20260221T060431Z --out ./report')
    .exits({
      done: 'the report is written, whatever it says',
      conflict: 'other files of these names are there',
    })
    .prints('fraudctl/report/v1')
    .action(
      act(async (context, id: string, options: import('../commands/report.ts').ReportOptions) =>
        (await import('../commands/report.ts')).reportBurst(context, id, options),
      ),
    );
  report
    .command('segment')
    .description('of a segment run: weekly shapes, intensity, overlays, lane times, checks')
    .argument('<run>', 'segment run id')
    .option(...runsRootOption)
    .option('--out <folder>', 'where the files are put; report-<run> without it')
    .examples('fraudctl report segment 7f20e9d97dad4ff5ac639bbc41749fb0 --runs-root ./runs --out ./report')
    .exits({
      done: 'the report is written, whatever it says',
      conflict: 'other files of these names are there',
    })
    .prints('fraudctl/report/v1')
    .action(
      act(async (context, id: string, options: import('../commands/report.ts').ReportOptions) =>
        (await import('../commands/report.ts')).reportSegment(context, id, options),
      ),
    );
}
