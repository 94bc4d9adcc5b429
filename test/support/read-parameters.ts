import { GetParameterCommand, SSMClient } from '@aws-sdk/client-ssm';
import { ensureLocalCloud } from '../../lib/local-cloud/control.ts';
import { localRegion } from '../../lib/local-cloud/local-identity.ts';

/** Values of SSM parameters of a test environment, by name or ARN, over the wire; empty for one that is not there. */
export async function readParameters(home: string, names: readonly string[]): Promise<readonly string[]> {
  const cloud = await ensureLocalCloud(home);
  const ssm = new SSMClient({
    region: localRegion,
    endpoint: `http://127.0.0.1:${cloud.port}`,
    credentials: { accessKeyId: cloud.accessKey, secretAccessKey: 'unused' },
  });
  try {
    const values: string[] = [];
    for (const Name of names) {
      const { Parameter } = await ssm.send(new GetParameterCommand({ Name, WithDecryption: true }));
      values.push(Parameter?.Value ?? '');
    }
    return values;
  } finally {
    ssm.destroy();
  }
}
