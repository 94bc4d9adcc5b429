import type { Sha256 } from '../../vocabulary/identifiers.ts';

/** A receipt that lies in a run's folder, and how its files are. */
export type FoundReceipt = {
  /** As `receiptName` gives it. */
  readonly name: string;
  /** As `sealedDigest` gives it. */
  readonly digest: Sha256;
  /** Files of it that are gone, or have other bytes than it names. */
  readonly altered: readonly string[];
};

/** A validation bundle that lies in a run's folder. */
export type FoundBundle = {
  /** Below the run folder. */
  readonly folder: string;
  /** What it says of this run, when it is whole; else what is at fault with it. */
  readonly judged: 'PASS' | 'FAIL' | { readonly fault: string };
  readonly digest: Sha256 | undefined;
  /** `sealedDigest` of the receipts that it is about, by name. */
  readonly sealed: ReadonlyMap<string, Sha256>;
};

export type Standing = {
  /** ALTERED: S5 has judged, but not what lies here now; null: it has not judged. */
  readonly status: 'PASS' | 'FAIL' | 'ALTERED' | null;
  /** The bundle that says so. */
  readonly bundle: FoundBundle | undefined;
  /** What does not fit, for people. */
  readonly findings: readonly string[];
  /** Names of the receipts whose tables may be shown. */
  readonly shown: ReadonlySet<string>;
};

/**
 * What may be said of a run from what lies in its folder. Pure. PASS takes a whole bundle that says so of the
 * receipts that are there, and every file as its receipt names it; a judgement of other receipts is none, nor is
 * a FAIL of fewer. Tables are shown whose files are as published, and of a run that passed those that S5 has
 * judged.
 */
export function standingOf(receipts: readonly FoundReceipt[], bundles: readonly FoundBundle[]): Standing {
  const digests = new Map(receipts.map(({ name, digest }) => [name, digest]));
  const unlike = ({ judged, sealed }: FoundBundle) => [
    ...[...sealed].filter(([name, digest]) => digests.get(name) !== digest).map(([name]) => name),
    // What a FAIL does not name was published since, and may be what it had missed.
    ...(judged === 'FAIL' ? [...digests.keys()].filter((name) => !sealed.has(name)) : []),
  ];
  const altered = receipts.flatMap((receipt) => receipt.altered);
  const holding = (result: 'PASS' | 'FAIL') =>
    bundles
      .filter((bundle) => bundle.judged === result && unlike(bundle).length === 0)
      .toSorted((one, other) => other.sealed.size - one.sealed.size)[0];
  const pass = holding('PASS');
  const passed = altered.length === 0 && pass !== undefined && namesEveryState(pass) ? pass : undefined;
  const bundle = passed ?? holding('FAIL');
  const spoilt = altered.length > 0 || bundles.some(({ judged }) => judged !== 'FAIL');
  const vouched = (name: string) => passed === undefined || passed.sealed.has(name);
  const intact = receipts.filter((receipt) => receipt.altered.length === 0);
  return {
    status: passed !== undefined ? 'PASS' : bundle !== undefined ? 'FAIL' : spoilt ? 'ALTERED' : null,
    bundle,
    findings: [
      ...altered.map((path) => `${path} is gone, or altered since it was published`),
      ...bundles.flatMap((one) => (one === bundle ? [] : findingOf(one, unlike(one)))),
      ...outputsOf(intact.filter(({ name }) => !vouched(name))).map(
        (output) => `${output} is left out: S5 has not judged it`,
      ),
    ],
    shown: new Set(intact.filter(({ name }) => vouched(name)).map(({ name }) => name)),
  };
}

function findingOf({ folder, judged }: FoundBundle, unlike: readonly string[]): readonly string[] {
  if (typeof judged === 'object') return [`${folder} is no judgement of this run: ${judged.fault}`];
  const [first, ...others] = unlike;
  const about =
    first === undefined
      ? 'of what is published here'
      : `of other outputs than are here: ${first}${others.length === 0 ? '' : ` and ${others.length} more`}`;
  return [`S5 has said ${judged} in ${folder}, ${about}`];
}

/** A PASS of nothing would hold of everything. */
function namesEveryState({ sealed }: FoundBundle): boolean {
  const states = new Set([...sealed.keys()].map((name) => name.split('/')[0]));
  return ['S0', 'S1', 'S2', 'S3', 'S4'].every((state) => states.has(state));
}

/** The outputs of receipts, of all merchant buckets together. */
function outputsOf(receipts: readonly FoundReceipt[]): readonly string[] {
  return [...new Set(receipts.map(({ name }) => name.split('/').slice(0, 2).join(' of ')))];
}
