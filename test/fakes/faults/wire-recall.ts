import { type WireAnswer, type WireCall, wireError } from './wire-answer.ts';

/**
 * What each question was answered first. A service that is eventually consistent may give such an answer again,
 * long after it has ceased to be true.
 */
export class WireRecall {
  readonly #first = new Map<string, WireAnswer>();

  /** Remembers the answer, if it is the first one and a good one; returns it. */
  keep(call: WireCall, answer: WireAnswer): WireAnswer {
    const question = questionOf(call);
    if (answer.status === 200 && !this.#first.has(question)) this.#first.set(question, answer);
    return answer;
  }

  /** The oldest answer to a question, as old as before the execution; `undefined` when it cannot be stale. */
  stale(call: WireCall): WireAnswer | undefined {
    switch (call.operation) {
      case 'GetExecutionHistory':
        return (
          this.#first.get(questionOf(call)) ??
          wireError(400, 'ExecutionDoesNotExist', 'Execution Does Not Exist')
        );
      case 'ListExecutions':
      case 'DescribeTasks':
        return this.#first.get(questionOf(call));
      default:
        return undefined;
    }
  }
}

function questionOf({ operation, body }: WireCall): string {
  return `${operation} ${JSON.stringify(body)}`;
}
