/** What ECS says of a task that never started, and what to do about it. */
const remedies: readonly { readonly says: RegExp; readonly remedy: (environment: string) => string }[] = [
  {
    says: /CannotPullContainer|manifest unknown|image .*not found/i,
    remedy: (environment) =>
      `The image is not published: fraudctl image push --env ${environment}, put the digest that it prints into config/environments/${environment}.yaml, then npx cdk deploy '${environment}/**'.`,
  },
  {
    says: /unable to assume the role|not authorized to perform: sts:AssumeRole/i,
    remedy: (environment) => `A role of the task is missing: npx cdk deploy '${environment}/**' makes it.`,
  },
  {
    says: /not authorized to perform: /,
    remedy: (environment) =>
      `A role lacks a grant, or was changed by hand: npx cdk deploy '${environment}/**' grants what is in the templates.`,
  },
  {
    says: /ResourceInitializationError.*(?:secret|parameter|ssm)|unable to retrieve the parameter/i,
    remedy: (environment) =>
      `A secret of the task cannot be read: npx cdk deploy '${environment}/**' draws it, fraudctl task run migrate --env ${environment} makes the database know it.`,
  },
];

/** The next step after a launch that never started, from the reasons of its verdict; `undefined` when none is known. Pure. */
export function startRemedy(environment: string, reasons: readonly string[]): string | undefined {
  return remedies.find(({ says }) => reasons.some((reason) => says.test(reason)))?.remedy(environment);
}
