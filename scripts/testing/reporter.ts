import { writeFileSync } from 'node:fs';
import { relative, resolve } from 'node:path';
import { Readable } from 'node:stream';
import { spec, type TestEvent } from 'node:test/reporters';

/** Environment variable naming the file that receives the number of tests that ran. */
export const tallyVariable = 'TEST_TALLY_FILE';
const shownFiles = 25;

/** Node's own report with the slowest files named just before its summary, which stays last. */
async function* report(source: AsyncIterable<TestEvent>): AsyncGenerator<string> {
  yield* Readable.from(withSlowest(source)).compose(new spec());
}

async function* withSlowest(source: AsyncIterable<TestEvent>): AsyncGenerator<TestEvent> {
  const files: { readonly name: string; readonly milliseconds: number }[] = [];
  let summarised = false;
  let testsRun = 0;
  for await (const event of source) {
    if (event.type === 'test:summary') {
      const { file, duration_ms: milliseconds } = event.data;
      if (file !== undefined) files.push({ name: relative(process.cwd(), file), milliseconds });
      else if (process.env[tallyVariable] !== undefined) {
        writeFileSync(process.env[tallyVariable], String(testsRun));
      }
    }
    if (event.type === 'test:pass' || event.type === 'test:fail') {
      const { name, file, skip, details } = event.data;
      // A file in which nothing ran is itself reported as one passed test, under its own path.
      const isFile = file !== undefined && resolve(name) === file;
      if (!isFile && skip === undefined && details.type !== 'suite') testsRun += 1;
    }
    // The summary is a row of diagnostics that belong to no file.
    if (!summarised && event.type === 'test:diagnostic' && event.data.file === undefined) {
      summarised = true;
      for (const line of slowestLines(files)) yield diagnosticLike(event, line);
    }
    yield event;
  }
}

function slowestLines(
  files: readonly { readonly name: string; readonly milliseconds: number }[],
): readonly string[] {
  return files
    .toSorted((left, right) => right.milliseconds - left.milliseconds)
    .slice(0, shownFiles)
    .map(({ name, milliseconds }) => `slow ${(milliseconds / 1000).toFixed(1)} s ${name}`);
}

function diagnosticLike(event: Extract<TestEvent, { type: 'test:diagnostic' }>, message: string): TestEvent {
  return { ...event, data: { ...event.data, message } };
}

// biome-ignore lint/style/noDefaultExport: node takes a reporter from the default export of its module
export default report;
