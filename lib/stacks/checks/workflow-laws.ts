import { z } from 'zod';
import { lintStateMachine } from '../../workflows/lint-state-machine.ts';
import type { StateMachine } from '../../workflows/state-machine.ts';
import { listOf, memberOf, resourcesOfType, type TemplateLaw, textOf } from './template.ts';

const shapeSchema = z.looseObject({ StartAt: z.string(), States: z.record(z.string(), z.json()) });
/** The lint itself says what is wrong with the states of a machine; here it need only be one. */
const machineSchema = z.custom<StateMachine>((value) => shapeSchema.safeParse(value).success);

export const workflowLaws: readonly TemplateLaw[] = [
  {
    name: 'machines-keep-to-the-subset',
    reason: 'Both interpreters run the same definition, and every state has an end.',
    check: (template) =>
      resourcesOfType(template, 'AWS::StepFunctions::StateMachine').flatMap(([logicalId, { Properties }]) => {
        const parsed = machineSchema.safeParse(JSON.parse(textOf(Properties.DefinitionString) || 'null'));
        if (!parsed.success) return [{ logicalId, message: 'the definition is no state machine' }];
        return lintStateMachine(parsed.data).map((message) => ({
          logicalId,
          message,
        }));
      }),
  },
  {
    name: 'machines-log-no-data',
    reason: 'The data of a state may hold parameters; its steps are what a log is for.',
    check: (template) =>
      resourcesOfType(template, 'AWS::StepFunctions::StateMachine').flatMap(([logicalId, { Properties }]) =>
        memberOf(Properties, 'LoggingConfiguration', 'Level') === 'ALL' &&
        memberOf(Properties, 'LoggingConfiguration', 'IncludeExecutionData') === false
          ? []
          : [{ logicalId, message: 'the log holds data, or is not kept' }],
      ),
  },
  {
    name: 'events-are-not-lost',
    reason: 'A record that was not written makes a verdict INDETERMINATE for ever.',
    check: (template) =>
      resourcesOfType(template, 'AWS::Events::Rule').flatMap(([logicalId, { Properties }]) =>
        Properties.EventPattern === undefined
          ? []
          : listOf(Properties.Targets)
              .filter((target) => memberOf(target, 'DeadLetterConfig', 'Arn') === undefined)
              .map(() => ({ logicalId, message: 'an event that cannot be delivered is dropped' })),
      ),
  },
  {
    name: 'references-are-strong',
    reason: 'A weak reference lets a stack be deleted under another one.',
    check: (template) =>
      Object.entries(template.Resources).flatMap(([logicalId, resource]) =>
        JSON.stringify(resource).includes('"Fn::GetStackOutput"')
          ? [{ logicalId, message: 'the reference is weak' }]
          : [],
      ),
  },
];
