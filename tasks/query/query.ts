import { launchPrefix } from '../../config/names.ts';
import { canonicalBytes } from '../../lib/evidence/format/canonical-json.ts';
import { sha256Of } from '../../lib/evidence/format/digest.ts';
import { publishObject } from '../../lib/evidence/publish-object.ts';
import { refuseCredentials } from '../../lib/evidence/refuse-credentials.ts';
import { bindArguments } from '../../lib/queries/bind-arguments.ts';
import { adHocBounds, judgeAdHoc } from '../../lib/queries/judge-ad-hoc.ts';
import { type QueryResult, queryOutputSchema, queryResultName } from '../../lib/queries/query-result.ts';
import { findQuery } from '../../lib/queries/registry.ts';
import type { TaskContext, TaskProgram } from '../../lib/runtime/task-program.ts';
import type { queryContract } from '../../lib/task-contracts/query.ts';
import { fail } from '../../lib/vocabulary/failure.ts';
import { askDatabase, type Question } from './ask-database.ts';

type QueryContext = TaskContext<typeof queryContract>;

/** Asks one question and keeps the answer beside the result; the log says how large it is, never what. */
export const query: TaskProgram<typeof queryContract> = async (context) => {
  const question = await questionOf(context);
  const answer = await askDatabase(context, question);
  const result: QueryResult = {
    schema: 'fraud-platform/query-result/v1',
    query: question.name,
    sql: question.name === null ? question.sql : null,
    query_sha256: question.sha256,
    arguments: question.arguments,
    ...answer,
  };
  const content = canonicalBytes({ ...result });
  const { launch, evidence } = context;
  const key = `${launchPrefix(launch.environment, launch.launchKey)}${queryResultName}`;
  refuseCredentials(queryResultName, content, Object.values(context.secrets));
  const published = await publishObject(evidence, key, content, context.signal);
  if (published.kind === 'conflict') {
    fail({
      exit: 'conflict',
      code: 'QUERY_RESULT_CONFLICT',
      message: 'this launch has kept another answer before',
      where: key,
      value: published.existing,
      remedy: 'Ask again as a new execution.',
    });
  }
  context.log('answered', { rows: answer.row_count, bytes: content.length });
  return {
    output: queryOutputSchema.parse({
      query: question.name,
      query_sha256: question.sha256,
      row_count: answer.row_count,
      result: { key, sha256: published.sha256, bytes: content.length },
    }),
  };
};

async function questionOf({ parameters, settings }: QueryContext): Promise<Question> {
  if ('sql' in parameters) {
    if (settings.AD_HOC_QUERIES !== 'allowed') {
      fail({
        exit: 'not-permitted',
        code: 'AD_HOC_NOT_ALLOWED',
        message: 'this environment answers queries of the registry alone',
        where: 'AD_HOC_QUERIES',
        remedy: 'Use a query of fraudctl query list, or add one to config/queries.',
      });
    }
    await judgeAdHoc(parameters.sql, 'sql');
    const sha256 = sha256Of(parameters.sql);
    if (sha256 !== parameters.query_sha256) refuseDigest('sql', sha256);
    return { name: null, sql: parameters.sql, sha256, arguments: {}, values: [], bounds: adHocBounds };
  }
  const found = await findQuery(parameters.query);
  if (found.sha256 !== parameters.query_sha256) refuseDigest(found.name, found.sha256);
  return {
    name: found.name,
    sql: found.sql,
    sha256: found.sha256,
    arguments: parameters.arguments,
    values: bindArguments(found, parameters.arguments),
    bounds: found,
  };
}

function refuseDigest(where: string, value: string): never {
  return fail({
    exit: 'refused',
    code: 'QUERY_DIFFERS',
    message: 'the query in this image is not the one that was launched',
    where,
    value,
    remedy: 'Deploy the image of this version, or run fraudctl of the version that is deployed.',
  });
}
