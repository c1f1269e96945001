// What is kept of an epoch of training: its losses, its shares of right answers, and the rate that it used.
// Source: Keras 3, History; a checkpoint holds the same of all epochs that are done.
// Losses of the training part are measured while it trains: they are not those of the weights at the epoch's end.

/** The numbers of one epoch. */
export interface EpochRecord {
  /** From 1. */
  readonly epoch: number
  /** Mean over the rows, each measured in its step, with dropout and before the step's update. */
  readonly loss: number
  /** Share of right answers, for classifiers; measured as `loss` is. */
  readonly accuracy?: number | undefined
  /** Measured on the validation part at the epoch's end. */
  readonly valLoss?: number | undefined
  readonly valAccuracy?: number | undefined
  /** The rate that the epoch's steps used. */
  readonly learningRate: number
}
