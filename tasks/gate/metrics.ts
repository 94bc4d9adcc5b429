import type { TaskLog } from '../../lib/runtime/task-program.ts';
import type { Decision } from './decision.ts';

/** Names of what the gate counts, as CloudWatch shows them. */
const counters = [
  'Admitted',
  'Duplicates',
  'Quarantined',
  'Requests',
  'Refused',
  'ToldToComeBack',
  'Unknown',
] as const;
export type Counter = (typeof counters)[number];

const counterOf = { ADMIT: 'Admitted', DUPLICATE: 'Duplicates', QUARANTINE: 'Quarantined' } as const;

/** Counts since the last line, written as one line in CloudWatch's embedded metric format (EMF). */
export class GateMetrics {
  readonly #log: TaskLog;
  readonly #environment: string;
  readonly #counts = new Map<Counter, number>();
  #slowestMillis = 0;

  constructor(log: TaskLog, environment: string) {
    this.#log = log;
    this.#environment = environment;
  }

  count(counter: Counter, by = 1): void {
    this.#counts.set(counter, (this.#counts.get(counter) ?? 0) + by);
  }

  decided(decisions: readonly Decision[], millis: number): void {
    for (const { decision } of decisions) this.count(counterOf[decision]);
    this.#slowestMillis = Math.max(this.#slowestMillis, millis);
  }

  /** Writes one line and begins again; writes nothing when nothing happened. `at` is epoch milliseconds. */
  flush(at: number, waiting: number): void {
    if (this.#counts.size === 0) return;
    const units = [
      ...counters.map((Name) => ({ Name, Unit: 'Count' })),
      { Name: 'Waiting', Unit: 'Count' },
      { Name: 'SlowestDecision', Unit: 'Milliseconds' },
    ];
    this.#log('metrics', {
      _aws: {
        Timestamp: at,
        CloudWatchMetrics: [
          { Namespace: 'FraudPlatform/Gate', Dimensions: [['Environment']], Metrics: units },
        ],
      },
      Environment: this.#environment,
      ...Object.fromEntries(counters.map((name) => [name, this.#counts.get(name) ?? 0])),
      Waiting: waiting,
      SlowestDecision: Math.round(this.#slowestMillis * 1_000) / 1_000,
    });
    this.#counts.clear();
    this.#slowestMillis = 0;
  }
}
