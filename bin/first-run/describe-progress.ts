import { z } from 'zod';
import type { FollowEvent } from '../../lib/operator/follow-execution.ts';
import { BurstTally } from '../terminal/burst-tally.ts';

/** States of the machines that take a while, as people say it. */
const stateTexts: Readonly<Record<string, string>> = {
  Prepare: 'S0 … S3: sealing the inputs, classes, weekly shapes, baseline',
  Open: 'opening a fresh run scope, verifying the sealed run',
  GateUp: 'the gate comes up',
  Lanes: 'the lanes verify the run and draw what they send',
  Close: 'closing the run scope, counting',
};

const logSchema = z.looseObject({ event: z.string() });
const stateSchema = z.object({ state: z.string() });
const phaseSchema = stateSchema.extend({ lane: z.string(), rows: z.int() });
const shareSchema = stateSchema.extend({ done: z.number(), total: z.number().positive() });

/** What an event of a followed execution says about how far it is; `undefined` for one that says nothing. */
export function describeProgress(event: FollowEvent): string | undefined {
  switch (event.kind) {
    case 'state-entered':
      return stateTexts[event.state];
    case 'launch-failed':
      return `a launch failed: ${event.error}; it is launched again`;
    case 'unreachable':
      return `the cloud does not answer (${event.why}); still asking`;
    case 'log':
      return describeLog(event.line);
    case 'forgotten':
      return 'the state machine has forgotten this execution; what is left is its evidence';
    case 'reachable':
      return 'the cloud answers again';
    case 'log-incomplete':
    case 'launched':
    case 'task-ended':
    case 'execution-ended':
      return undefined;
  }
}

function describeLog(line: string): string | undefined {
  const fields = logOf(line);
  switch (fields?.event) {
    case 'state-started':
      return stateSchema.safeParse(fields).data?.state;
    case 'phase': {
      const phase = phaseSchema.safeParse(fields).data;
      if (phase === undefined) return undefined;
      return `${phase.state} ${phase.lane.replaceAll('_', ' ')}, ${phase.rows.toLocaleString('en')} rows`;
    }
    case 'progress': {
      const share = shareSchema.safeParse(fields).data;
      if (share === undefined) return undefined;
      return `${share.state} ${Math.floor((100 * share.done) / share.total)} %`;
    }
    default:
      return undefined;
  }
}

function logOf(line: string): z.infer<typeof logSchema> | undefined {
  if (!line.startsWith('{')) return undefined;
  try {
    return logSchema.safeParse(JSON.parse(line)).data;
  } catch {
    return undefined;
  }
}

/** As `describeProgress`, and what the lanes of a burst say of themselves, once a second. */
export function describeBurst(): (event: FollowEvent) => string | undefined {
  const tally = new BurstTally();
  return (event) => {
    const tallied = tally.add(event);
    switch (tallied.kind) {
      case 'other':
        return describeProgress(event);
      case 'counted':
        return undefined;
      case 'figures': {
        const { admitted, admitsPerSecond, p99Millis, leftSeconds } = tallied.figures;
        const count = (value: number) => Math.round(value).toLocaleString('en');
        return `${count(admitted)} admitted, ${count(admitsPerSecond)}/s, p99 ${p99Millis.toFixed(0)} ms, ${leftSeconds} s left`;
      }
    }
  };
}

/** What a command says when it starts an execution, without what is the same for all of them here. */
export function shortNews(line: string): string {
  return line.replace(/^(started|attached) (\S+) in \S+, run .*$/, '$1 $2');
}
