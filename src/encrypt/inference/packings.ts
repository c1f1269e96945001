// The two ways in which numbers lie in slots.
// Source: latencyPlan.ts and throughputPlan.ts, which have each.
// It imports nothing: the command line's help names them, and is not to load what computes on ciphertexts.

/** How numbers lie in slots: one image over many of them (soon), or an image a slot (thousands at once). */
export const packings = ['latency', 'throughput'] as const
/**
 * How images lie in ciphertexts: `latency` is CKKS, numbers over slots, for one soon; `throughput` is BFV,
 * an image a slot, for thousands.
 */
export type Packing = (typeof packings)[number]
