// The rules by which entries of a ledger compose, by name.
// Source: composition.ts, which has each.
// It imports nothing: the command line's help names them, and is not to load what adds entries up.

/**
 * How entries compose:
 *
 * - `sum`: prices (ε, δ) add up. Holds however later releases are chosen after seeing earlier answers. Each entry is
 *   priced as a whole by the tight accountant, at the share of δ that it states: a training run is one entry.
 * - `renyi`: as `sum`, or else Rényi divergences add up at one order, fixed when the ledger is made. Holds however
 *   releases are chosen, too, and for hundreds of small releases it is much less than the sum. Half of δ is for
 *   this conversion, half for releases that have a δ of their own.
 * - `fixed`: the tight accountant over all entries. Less than both, but it holds only if the noise of each release, and
 *   their order, were fixed before the first answer (what is asked may depend on answers, and so may when to stop). Choosing
 *   the noise of one by the answer of another can break it.
 */
export const compositions = ['sum', 'renyi', 'fixed'] as const

/** One of `compositions`, which says what each is. */
export type Composition = (typeof compositions)[number]
