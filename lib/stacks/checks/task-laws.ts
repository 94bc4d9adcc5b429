import { findCredentials } from '../../evidence/format/credential-scan.ts';
import {
  type LawFinding,
  listOf,
  memberOf,
  resourcesOfType,
  type Template,
  type TemplateLaw,
  textOf,
} from './template.ts';

type Container = { readonly logicalId: string; readonly container: unknown };

function containersOf(template: Template): readonly Container[] {
  return resourcesOfType(template, 'AWS::ECS::TaskDefinition').flatMap(([logicalId, { Properties }]) =>
    listOf(Properties.ContainerDefinitions).map((container) => ({ logicalId, container })),
  );
}

/** A law about every container: the sentence that `fault` gives is what is wrong with one. */
function containerLaw(
  name: string,
  reason: string,
  fault: (container: unknown, template: Template) => string | undefined,
): TemplateLaw {
  return {
    name,
    reason,
    check: (template) =>
      containersOf(template).flatMap(({ logicalId, container }): readonly LawFinding[] => {
        const message = fault(container, template);
        return message === undefined ? [] : [{ logicalId, message }];
      }),
  };
}

const secretName = /(?:PASSWORD|PASSWD|TOKEN|SECRET|API_KEY|DSN|CREDENTIAL)/i;

/** What a plain variable gives away, or `undefined`. */
function exposure(name: string, value: string): string | undefined {
  const [found] = findCredentials(`${name}=${value}`);
  if (found !== undefined) return `${name} holds a ${found.kind}`;
  if (/^[a-z]+:\/\/[^/\s]*:[^/\s]*@/i.test(value)) return `${name} holds a URL with a password`;
  return secretName.test(name) && value !== '' ? `${name} is called like a secret` : undefined;
}

export const taskLaws: readonly TemplateLaw[] = [
  containerLaw(
    'no-secret-in-environment',
    'Whoever may describe a task definition reads its environment.',
    (container) =>
      listOf(memberOf(container, 'Environment'))
        .map((variable) => exposure(textOf(memberOf(variable, 'Name')), textOf(memberOf(variable, 'Value'))))
        .find((message) => message !== undefined),
  ),
  {
    name: 'no-secret-in-function',
    reason: 'Whoever may read a function’s configuration reads its environment.',
    check: (template) =>
      resourcesOfType(template, 'AWS::Lambda::Function').flatMap(([logicalId, { Properties }]) =>
        Object.entries(Object(memberOf(Properties, 'Environment', 'Variables'))).flatMap(([name, value]) => {
          // Names of keys and secrets are no secrets; ARNs say where, not what.
          const text = textOf(value);
          const message = text.includes('Arn') || text.startsWith('arn:') ? undefined : exposure(name, text);
          return message === undefined ? [] : [{ logicalId, message }];
        }),
      ),
  },
  containerLaw(
    'secrets-by-parameter',
    'A secret is injected from Parameter Store, under one name only.',
    (container) => {
      const plain = listOf(memberOf(container, 'Environment')).map((one) => textOf(memberOf(one, 'Name')));
      for (const secret of listOf(memberOf(container, 'Secrets'))) {
        const name = textOf(memberOf(secret, 'Name'));
        if (plain.includes(name)) return `${name} is a secret and a plain variable`;
        if (!textOf(memberOf(secret, 'ValueFrom')).includes(':parameter/'))
          return `${name} is not a parameter`;
      }
      return undefined;
    },
  ),
  containerLaw('stop-timeout', 'Fargate kills 120 s after SIGTERM, whatever is asked for.', (container) => {
    const seconds = memberOf(container, 'StopTimeout');
    return typeof seconds === 'number' && seconds >= 1 && seconds <= 120
      ? undefined
      : `StopTimeout is ${textOf(seconds) || 'missing'}, not 1 … 120`;
  }),
  containerLaw('read-only-root', 'A task writes to its scratch volume and nowhere else.', (container) =>
    memberOf(container, 'ReadonlyRootFilesystem') === true ? undefined : 'the root file system is writable',
  ),
  containerLaw('plain-user', 'No task is root, or may become it.', (container) => {
    const user = textOf(memberOf(container, 'User'));
    if (!/^[1-9]\d*:[1-9]\d*$/.test(user)) return `the user is ${user || 'missing'}`;
    if (memberOf(container, 'Privileged') === true) return 'the container is privileged';
    const dropped = listOf(memberOf(container, 'LinuxParameters', 'Capabilities', 'Drop'));
    return dropped.includes('ALL') ? undefined : 'capabilities are kept';
  }),
  containerLaw('init-process', 'Without one, a signal may never reach the task.', (container) =>
    memberOf(container, 'LinuxParameters', 'InitProcessEnabled') === true ? undefined : 'no init process',
  ),
  containerLaw('scratch-volume', 'The only place to write is a mounted volume.', (container) =>
    listOf(memberOf(container, 'MountPoints')).some((mount) => memberOf(mount, 'ReadOnly') === false)
      ? undefined
      : 'no writable volume is mounted',
  ),
  containerLaw('image-by-digest', 'A tag can come to mean another image.', (container, template) => {
    const image = textOf(memberOf(container, 'Image'));
    if (/@sha256:[a-f0-9]{64}$/.test(image)) return undefined;
    const parameter = /@\$\{Ref:(\w+)\}$/.exec(image)?.[1];
    const pattern = parameter === undefined ? undefined : template.Parameters[parameter]?.AllowedPattern;
    return pattern === '^sha256:[a-f0-9]{64}$' ? undefined : `the image ${image} is not named by its digest`;
  }),
  containerLaw(
    'log-mode',
    'A one-shot task waits for its log, because the last line is the result; a service never does.',
    (container) => {
      const options = memberOf(container, 'LogConfiguration', 'Options');
      const expected = listOf(memberOf(container, 'PortMappings')).length > 0 ? 'non-blocking' : 'blocking';
      return memberOf(options, 'mode') === expected ? undefined : `the log’s mode is not ${expected}`;
    },
  ),
  containerLaw('no-shell', 'Nothing stands between operator and task.', (container) => {
    const commands = [
      ...listOf(memberOf(container, 'Command')),
      ...listOf(memberOf(container, 'EntryPoint')),
      ...listOf(memberOf(container, 'HealthCheck', 'Command')),
    ].map(textOf);
    return commands.some((word) => /^(?:-c|sh|bash|CMD-SHELL)$/.test(word) || word.endsWith('/sh'))
      ? 'a shell is started'
      : undefined;
  }),
  {
    name: 'definitions-stay',
    reason:
      'A running execution names the revision that it was launched with; a launch takes the newest, which must not be one of a deploy that was rolled back.',
    check: (template) =>
      resourcesOfType(template, 'AWS::ECS::TaskDefinition').flatMap(
        ([logicalId, { DeletionPolicy, UpdateReplacePolicy }]) => [
          ...(UpdateReplacePolicy === 'Retain'
            ? []
            : [{ logicalId, message: 'the revision goes with the next deploy' }]),
          ...(DeletionPolicy === 'RetainExceptOnCreate'
            ? []
            : [
                {
                  logicalId,
                  message: 'the revision goes with the stack, or stays when a deploy is rolled back',
                },
              ]),
        ],
      ),
  },
  {
    name: 'count-belongs-to-the-burst',
    reason: 'A deploy must not scale what a burst scaled.',
    check: (template) =>
      resourcesOfType(template, 'AWS::ECS::Service').flatMap(([logicalId, { Properties }]) =>
        /^\$\{Fn::GetAtt:\w+\.DesiredCount\}$/.test(textOf(Properties.DesiredCount))
          ? []
          : [{ logicalId, message: 'the wanted number is written down in the template' }],
      ),
  },
];
