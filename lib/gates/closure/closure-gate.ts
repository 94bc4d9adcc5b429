import { z } from 'zod';
import { canonicalBytes } from '../../evidence/format/canonical-json.ts';
import { sha256Of } from '../../evidence/format/digest.ts';
import type { Sha256 } from '../../vocabulary/identifiers.ts';

const states = z.enum(['S0', 'S1', 'S2', 'S3', 'S4', 'S5']);

/** What a candidate must be and do for a performance phase to close; a file in `config/gates`. */
export const closureGateSchema = z
  .strictObject({
    version: z.literal('v1'),
    name: z.string().regex(/^[a-z0-9]+(?:-[a-z0-9]+)*$/, 'not lower-case words joined by -'),
    phase_id: z.string().regex(/^[A-Z][A-Z0-9]*\.[A-Z0-9]+$/, 'not a phase such as POPT.2'),
    /** The state that was to become faster. */
    state: states,
    /** What is said when it closes, and when it does not. */
    unlock: z.string().regex(/^UNLOCK_[A-Z0-9_]+$/),
    hold: z.string().regex(/^HOLD_[A-Z0-9_]+_REOPEN$/),
    runtime: z.strictObject({
      /** At most this many seconds, or at least this part less than the authority; one of the two is enough. */
      absolute_seconds: z.number().positive(),
      relative_reduction: z.number().min(0).max(1),
    }),
    equivalence: z.strictObject({
      /** Same policies, same world, same contents in every published file. Old runs have no such digests. */
      identity: z.boolean(),
      counters: z.array(z.string()).min(1),
      downstream: z.array(states),
      /** The validation bundle that says PASS. */
      outputs: z.boolean(),
    }),
    /** Name of the recorded baseline in `config/gates/baselines`. */
    authority: z.string().regex(/^[a-z0-9]+(?:-[a-z0-9]+)*$/),
  })
  .refine(({ equivalence, state }) => equivalence.downstream.every((later) => later > state), {
    path: ['equivalence', 'downstream'],
    message: 'a state before the one that is judged is not downstream',
  });
export type ClosureGate = z.infer<typeof closureGateSchema>;

/** Identity of a gate: a score under a gate that has changed since is one under another. Pure. */
export function closureGateDigest(gate: ClosureGate): Sha256 {
  return sha256Of(canonicalBytes(z.record(z.string(), z.json()).parse(JSON.parse(JSON.stringify(gate)))));
}
