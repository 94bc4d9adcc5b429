import { z } from 'zod';
import { CloudError } from '../cloud-error.ts';
import type { ParameterSource } from '../parameter-source.ts';
import { type Operations, operation } from './operation.ts';

const target = (name: string) => `AmazonSSM.${name}`;
/** What SSM shows of a SecureString to who does not ask for the plain value. */
const undecrypted = 'AQICAHh-ciphertext-of-this-parameter';

/** Systems Manager parameters: the secrets of this environment, read only. */
export function parameterOperations(source: ParameterSource): Operations {
  const read = async (name: string, decrypt: boolean) => {
    const value = await source.read(name);
    return value === undefined
      ? undefined
      : {
          Name: name,
          ARN: source.arnOf(name),
          Type: 'SecureString',
          Value: decrypt ? value : undecrypted,
          Version: 1,
          DataType: 'text',
        };
  };
  const decryption = { WithDecryption: z.boolean().default(false) };
  return {
    [target('GetParameter')]: operation(
      z.object({ Name: z.string(), ...decryption }),
      async ({ Name, WithDecryption }) => {
        const parameter = await read(Name, WithDecryption);
        if (parameter === undefined) throw new CloudError('ParameterNotFound', '');
        return { Parameter: parameter };
      },
    ),
    [target('GetParameters')]: operation(
      z.object({ Names: z.array(z.string()).max(10), ...decryption }),
      async ({ Names, WithDecryption }) => {
        const found = await Promise.all(Names.map((name) => read(name, WithDecryption)));
        return {
          Parameters: found.filter((parameter) => parameter !== undefined),
          InvalidParameters: Names.filter((_, index) => found[index] === undefined),
        };
      },
    ),
    [target('GetParametersByPath')]: operation(
      z.object({ Path: z.string(), Recursive: z.boolean().default(false), ...decryption }),
      async ({ Path, Recursive, WithDecryption }) => {
        const prefix = Path.endsWith('/') ? Path : `${Path}/`;
        const names = source
          .names()
          .filter(
            (name) => name.startsWith(prefix) && (Recursive || !name.slice(prefix.length).includes('/')),
          );
        return { Parameters: await Promise.all(names.map((name) => read(name, WithDecryption))) };
      },
    ),
  };
}
