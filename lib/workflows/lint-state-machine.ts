import { maximumLanes } from './lanes.ts';
import type { Branch, State, StateMachine } from './state-machine.ts';

const forbiddenReferences = ['$$.State.RetryCount', '$$.Map', '$$.Task', '{%'];

/**
 * Holds a definition to the subset that Step Functions and the local interpreter treat alike, and to
 * the laws about relaunching. Returns one sentence per violation, in order of appearance; empty means
 * lawful. It complements a schema validator: it does not check ASL syntax again.
 */
export function lintStateMachine(machine: StateMachine): readonly string[] {
  const findings: string[] = [];
  if (!Number.isInteger(machine.TimeoutSeconds)) findings.push('the machine has no TimeoutSeconds');
  lintBranch(machine, 'machine', false, findings);
  const text = JSON.stringify(machine);
  for (const reference of forbiddenReferences) {
    if (text.includes(reference)) findings.push(`${reference} is outside the subset`);
  }
  return findings;
}

function lintBranch(branch: Branch, where: string, inLane: boolean, findings: string[]): void {
  const names = new Set(Object.keys(branch.States));
  const expectState = (name: string, from: string) => {
    if (!names.has(name)) findings.push(`${where}: ${from} leads to ${name}, which does not exist`);
  };
  expectState(branch.StartAt, 'StartAt');
  const reached = new Set<string>();
  const queue = [branch.StartAt];
  while (queue.length > 0) {
    const name = queue.pop();
    if (name === undefined || reached.has(name)) continue;
    reached.add(name);
    const state = branch.States[name];
    if (state === undefined) continue;
    for (const next of successors(state)) {
      expectState(next, name);
      queue.push(next);
    }
    lintState(name, state, where, inLane, findings);
  }
  for (const name of names) {
    if (!reached.has(name)) findings.push(`${where}: ${name} is never reached`);
  }
}

function successors(state: State): readonly string[] {
  const next = 'Next' in state ? [state.Next] : [];
  const caught = 'Catch' in state ? state.Catch.map((catcher) => catcher.Next) : [];
  const chosen =
    state.Type === 'Choice' ? [...state.Choices.map((choice) => String(choice.Next)), state.Default] : [];
  return [...next, ...caught, ...chosen];
}

function lintState(name: string, state: State, where: string, inLane: boolean, findings: string[]): void {
  const say = (what: string) => findings.push(`${where}: ${name} ${what}`);
  if ('Retry' in state) say('has a Retry: relaunches are decided by Choice, where an exit code can be seen');
  if ('QueryLanguage' in state) say('sets QueryLanguage: only JSONPath is in the subset');
  switch (state.Type) {
    case 'Task': {
      const bounded = 'TimeoutSecondsPath' in state || Number.isInteger(state.TimeoutSeconds);
      if (!bounded) say('has no timeout');
      const catchesAll = state.Catch?.some(({ ErrorEquals }) => ErrorEquals.includes('States.ALL')) ?? false;
      if (inLane && !catchesAll) say('is in a lane and lets an error out: it would abort its siblings');
      return;
    }
    case 'Parallel': {
      if (state.Branches.length > maximumLanes) say(`has more than ${maximumLanes} branches`);
      for (const [index, branch] of state.Branches.entries()) {
        lintBranch(branch, `${where}.${name}[${index}]`, true, findings);
      }
      return;
    }
    case 'Map': {
      if (!(state.MaxConcurrency >= 1 && state.MaxConcurrency <= maximumLanes)) {
        say(`has a MaxConcurrency outside 1 … ${maximumLanes}`);
      }
      lintBranch(state.ItemProcessor, `${where}.${name}`, true, findings);
      return;
    }
    case 'Choice':
    case 'Pass':
    case 'Wait':
    case 'Succeed':
    case 'Fail':
      return;
  }
}
