import type { FakeS3 } from '../fakes/s3/fake-s3.ts';

/** Variables by which the SDK's ordinary chain finds the fake and nothing else. */
export function s3Variables(
  fake: FakeS3,
  accessKeyId = fake.accessKeyId,
  secretAccessKey = fake.secretAccessKey,
): Readonly<Record<string, string>> {
  return {
    AWS_REGION: fake.region,
    AWS_ACCESS_KEY_ID: accessKeyId,
    AWS_SECRET_ACCESS_KEY: secretAccessKey,
    AWS_ENDPOINT_URL_S3: fake.url,
    // This machine's own configuration may not be read.
    AWS_CONFIG_FILE: '/dev/null',
    AWS_SHARED_CREDENTIALS_FILE: '/dev/null',
    AWS_EC2_METADATA_DISABLED: 'true',
  };
}
