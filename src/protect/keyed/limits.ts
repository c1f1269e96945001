// What a key may lose at most.
// Source: docs/architecture.md#the-keyed-protection.
// It does not promise that much to rows beyond the key's range: protecting measures those, row by row.

/** The largest error that a key may have, relative to a column's range. */
export const roundTripLimit = 1e-6
