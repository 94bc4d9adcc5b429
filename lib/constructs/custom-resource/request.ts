import { z } from 'zod';

const common = {
  StackId: z.string(),
  RequestId: z.string(),
  LogicalResourceId: z.string(),
  ResponseURL: z.url(),
  ResourceProperties: z.record(z.string(), z.unknown()),
};

/** What CloudFormation asks of a custom resource, as far as ours look at it. */
export const customResourceRequestSchema = z.discriminatedUnion('RequestType', [
  z.object({ RequestType: z.literal('Create'), ...common }),
  z.object({ RequestType: z.literal('Update'), PhysicalResourceId: z.string(), ...common }),
  z.object({ RequestType: z.literal('Delete'), PhysicalResourceId: z.string(), ...common }),
]);
export type CustomResourceRequest = z.infer<typeof customResourceRequestSchema>;

/** What a custom resource came to. `data` is readable by everybody who may read the stack. */
export type CustomResourceOutcome =
  | {
      readonly kind: 'done';
      readonly physicalId: string;
      readonly data: Readonly<Record<string, string | number>>;
    }
  | { readonly kind: 'failed'; readonly physicalId: string; readonly reason: string };
