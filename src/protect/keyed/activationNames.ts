// The invertible activations by name.
// Source: activations.ts, which has each.
// It imports nothing: the command line's help names them, and is not to load what computes them.

/** The names that `--activation` takes. */
export const keyActivationNames = [
  'tanh',
  'sigmoid',
  'exp',
  'softsign',
  'elu',
  'leaky-relu',
  'asinh',
  'identity',
] as const

/** An invertible activation of a key, by name. */
export type KeyActivationName = (typeof keyActivationNames)[number]
