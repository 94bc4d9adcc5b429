import { fail } from '../../vocabulary/failure.ts';
import type { JsonObject } from '../../vocabulary/json.ts';
import type { StateWarning } from '../frame/states.ts';
import type { ScenarioId } from '../identity.ts';
import type { OverlayValidationPolicy } from '../policies/overlay-validation.ts';
import type { Surfaces } from './compose-surfaces.ts';
import type { FactorCurve } from './factor-curve.ts';
import { SurfaceHistogram } from './surface-statistics.ts';

/**
 * What S4 counts about one scenario: factors over the whole domain, before anything is written and
 * however the work is divided; intensities as they are made.
 */
export class ScenarioFigures {
  readonly #factors = new SurfaceHistogram();
  readonly #lambda = new SurfaceHistogram();
  #factorSum = 0;
  #belowRail = 0;
  #aboveRail = 0;

  /** The curve of every row of the domain. */
  addCurves(curves: readonly FactorCurve[]): void {
    const times = new Map<FactorCurve, number>();
    for (const curve of curves) times.set(curve, (times.get(curve) ?? 0) + 1);
    for (const [curve, count] of times) {
      this.#factors.add(curve.factors, count);
      this.#factorSum += curve.factors.reduce((sum, factor) => sum + factor, 0) * count;
      this.#belowRail += curve.belowRail * count;
      this.#aboveRail += curve.aboveRail * count;
    }
  }

  addIntensities({ local, silent }: Surfaces): void {
    const buckets = silent.length === 0 ? 0 : local.length / silent.length;
    for (const [row, isSilent] of silent.entries()) {
      if (isSilent === 1) this.#lambda.addZeros(buckets);
      else this.#lambda.add(local.subarray(row * buckets, (row + 1) * buckets));
    }
  }

  /** Rows of the whole domain. */
  get rows(): number {
    return this.#factors.total;
  }

  /** Rows whose intensities have been made. */
  get rowsMade(): number {
    return this.#lambda.total;
  }

  metrics(): JsonObject {
    return {
      overlay_factor: { ...this.#factors.statistics(), mean: this.#mean() },
      scenario_lambda: { ...this.#lambda.statistics() },
      overlay_warn_bounds_total: this.#belowRail + this.#aboveRail,
      overlay_below_rail: this.#belowRail,
      overlay_above_rail: this.#aboveRail,
    };
  }

  /**
   * What is worth a warning. Throws `S4_OVERLAY_EVAL_FAILED` (65) when more rows than the policy
   * tolerates leave the rails, or any where it says that warnings are fatal.
   */
  warnings(
    scenarioId: ScenarioId,
    isBaseline: boolean,
    policy: OverlayValidationPolicy,
  ): readonly StateWarning[] {
    const violations = this.#belowRail + this.#aboveRail;
    const fraction = this.rows === 0 ? 0 : violations / this.rows;
    const detail = { scenario_id: scenarioId, violations, rows: this.rows };
    if (fraction > policy.fail_fraction || (policy.warnings_are_fatal && violations > 0)) {
      fail({
        exit: 'data',
        code: 'S4_OVERLAY_EVAL_FAILED',
        message: `${violations} of ${this.rows} overlay factors leave [${policy.warn_below}, ${policy.warn_above}]`,
        where: `scenario ${scenarioId}`,
        value: String(fraction),
        remedy: 'Correct the amplitudes of the calendar, or the rails in overlay_validation.yaml.',
      });
    }
    const warnings: StateWarning[] = [];
    if (fraction > policy.warn_fraction) {
      const message = `overlay factors leave [${policy.warn_below}, ${policy.warn_above}]`;
      warnings.push({ code: 'overlay_warn_bounds_total', message, detail });
    }
    const mean = this.#mean();
    const { minimum, maximum } = policy.baseline_mean;
    if (isBaseline && this.rows > 0 && !(mean >= minimum && mean <= maximum)) {
      const message = `the mean overlay factor of a baseline scenario is outside [${minimum}, ${maximum}]`;
      warnings.push({ code: 'overlay_warn_aggregate', message, detail: { scenario_id: scenarioId, mean } });
    }
    const { p95 } = this.#factors.statistics();
    if (!isBaseline && p95 > policy.stress_p95_maximum) {
      const message = `the 95th percentile of the overlay factor is above ${policy.stress_p95_maximum}`;
      warnings.push({ code: 'overlay_warn_aggregate', message, detail: { scenario_id: scenarioId, p95 } });
    }
    return warnings;
  }

  #mean(): number {
    return this.rows === 0 ? 0 : this.#factorSum / this.rows;
  }
}
