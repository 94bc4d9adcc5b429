import { z } from 'zod';
import type { CommandContext } from '../../../bin/commands/command-context.ts';
import { asCloudFailure } from '../../../lib/operator/cloud-failure.ts';
import type { OperatorEnvironment } from '../../../lib/operator/operator-environment.ts';
import { failureOf } from '../../../lib/vocabulary/failure.ts';
import type { Ended } from './played.ts';
import { stalledMillis } from './stalls.ts';

const verdictSchema = z.looseObject({ verdict: z.string(), cause: z.string() });

/** Runs one command of the operator to its end, as fraudctl does, by a clock of its own. */
export async function runCommand(
  name: string,
  environment: OperatorEnvironment,
  now: () => number,
  run: (context: CommandContext) => Promise<number>,
): Promise<Ended> {
  const said: string[] = [];
  let reported: z.infer<typeof verdictSchema> | undefined;
  const context: CommandContext = {
    output: {
      json: true,
      part: () => undefined,
      progress: (line) => said.push(line),
      result: (text, object) => {
        said.push(...text.split('\n'));
        reported = verdictSchema.safeParse(object).data;
      },
    },
    openEnvironment: async () => environment,
    environmentName: environment.name,
    signal: new AbortController().signal,
    now,
  };
  const began = performance.now() - stalledMillis();
  const end = (exitCode: number, failure: Ended['failure']): Ended => ({
    command: name,
    exitCode,
    seconds: (performance.now() - stalledMillis() - began) / 1_000,
    verdict: reported?.verdict,
    cause: reported?.cause,
    failure,
    said,
  });
  try {
    return end(await run(context), undefined);
  } catch (caught) {
    const error = asCloudFailure(caught);
    const { code, message, exit } = failureOf(error);
    const inner = error instanceof Error && code === 'INTERNAL' ? `${message} ${error.stack}` : message;
    return end(exit === 'transient' ? 75 : 70, { code, message: inner });
  }
}
