import type {
  IPolicyValidationContext,
  IPolicyValidationPlugin,
  PolicyValidationPluginReport,
  PolicyViolatingResource,
} from 'aws-cdk-lib';
import type { Acknowledgement } from './acknowledgements.ts';

/** What one finding was acknowledged with. */
export type AcknowledgedFinding = {
  readonly finding: string;
  readonly where: string;
  readonly reason: string;
};

/**
 * A checker whose findings are compared with a list of acknowledgements. The library's own way takes
 * literal ids, which would have to name every task of every environment again; here a pattern bounds what
 * a reason holds for.
 */
export class AcknowledgedChecks implements IPolicyValidationPlugin {
  readonly name: string;
  /** What was found and stands, after the validation. */
  readonly acknowledged: AcknowledgedFinding[] = [];
  readonly #checks: IPolicyValidationPlugin;
  readonly #acknowledgements: readonly Acknowledgement[];
  readonly #used = new Set<Acknowledgement>();

  constructor(checks: IPolicyValidationPlugin, acknowledgements: readonly Acknowledgement[]) {
    this.name = checks.name;
    this.#checks = checks;
    this.#acknowledgements = acknowledgements;
  }

  /** Acknowledgements that no finding needed. */
  unused(): readonly Acknowledgement[] {
    return this.#acknowledgements.filter((acknowledgement) => !this.#used.has(acknowledgement));
  }

  validate(context: IPolicyValidationContext): PolicyValidationPluginReport {
    const report = this.#checks.validate(context);
    const violations = report.violations.flatMap((violation) => {
      const violatingResources = violation.violatingResources.filter(
        (resource) => !this.#isAcknowledged(violation.ruleName, resource),
      );
      return violatingResources.length === 0 ? [] : [{ ...violation, violatingResources }];
    });
    return { ...report, violations, success: violations.length === 0 };
  }

  #isAcknowledged(finding: string, { constructPath }: PolicyViolatingResource): boolean {
    if (constructPath === undefined) return false;
    const where = constructPath.split('/').slice(1).join('/');
    const matches = (pattern: RegExp, text: string) => pattern.exec(text)?.[0] === text;
    const acknowledgement = this.#acknowledgements.find(
      (candidate) => matches(candidate.finding, finding) && matches(candidate.where, where),
    );
    if (acknowledgement === undefined) return false;
    this.#used.add(acknowledgement);
    this.acknowledged.push({ finding, where: constructPath, reason: acknowledgement.reason });
    return true;
  }
}
