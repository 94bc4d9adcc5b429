import { readFile } from 'node:fs/promises';
import { sha256Of } from '../../lib/evidence/format/digest.ts';
import { bindArguments, type QueryArguments } from '../../lib/queries/bind-arguments.ts';
import { judgeAdHoc } from '../../lib/queries/judge-ad-hoc.ts';
import { findQuery } from '../../lib/queries/registry.ts';
import { fail, messageOf } from '../../lib/vocabulary/failure.ts';
import type { Asked } from './ask.ts';

export type QuestionOptions = {
  readonly param?: readonly string[];
  readonly file?: string;
  readonly run?: string;
  readonly deadline?: string;
};

/** The question that a command line asks, known to be whole: refusals come before anything is launched. */
export async function questionOf(name: string | undefined, options: QuestionOptions): Promise<Asked> {
  const { file, run: runId, deadline } = options;
  if ((name === undefined) === (file === undefined)) {
    fail({
      exit: 'usage',
      code: 'QUERY_UNNAMED',
      message: 'ask a query of the registry by its name, or SQL of your own by --file; one of them',
      where: '<query>',
      ...(name === undefined ? {} : { value: name }),
      remedy: 'See fraudctl query list.',
    });
  }
  const given = argumentsOf(options.param ?? []);
  if (file !== undefined) {
    if (Object.keys(given).length > 0) {
      fail({
        exit: 'usage',
        code: 'ARGUMENT_UNKNOWN',
        message: 'SQL of your own has no parameters',
        where: '--param',
        remedy: 'Write the values into the file, or add a query to config/queries.',
      });
    }
    const sql = await readSql(file);
    await judgeAdHoc(sql, file);
    return { parameters: { sql, query_sha256: sha256Of(sql) }, runId, deadline };
  }
  const found = await findQuery(name ?? '');
  bindArguments(found, given);
  return {
    parameters: { query: found.name, query_sha256: found.sha256, arguments: given },
    // An answer about a run belongs to the evidence of that run.
    runId: runId ?? given.run_id,
    deadline,
  };
}

function argumentsOf(params: readonly string[]): QueryArguments {
  const pairs = params.map((param) => {
    const at = param.indexOf('=');
    if (at > 0) return [param.slice(0, at), param.slice(at + 1)] as const;
    return fail({
      exit: 'usage',
      code: 'ARGUMENT_INVALID',
      message: 'an argument is a name, = and a value',
      where: '--param',
      value: param.slice(0, 80),
      remedy: 'Give, for example, --param run_id=platform_20260221T060431Z.',
    });
  });
  const twice = pairs.find(([name], index) => pairs.findIndex(([other]) => other === name) !== index);
  if (twice !== undefined) {
    fail({
      exit: 'usage',
      code: 'ARGUMENT_INVALID',
      message: `${twice[0]} is given twice`,
      where: `--param ${twice[0]}`,
      remedy: 'Give every argument once.',
    });
  }
  return Object.fromEntries(pairs);
}

async function readSql(file: string): Promise<string> {
  return await readFile(file, 'utf8').catch((error: unknown) =>
    fail({
      exit: 'usage',
      code: 'QUERY_FILE_UNREADABLE',
      message: messageOf(error),
      where: file,
      remedy: 'Give the path of a readable file with SQL.',
    }),
  );
}
