// What a layer is: a plain record that JSON can hold, and a builder that turns it into nodes.
// Source: Keras 3 for names and meanings; images are [N, channels, height, width], as ONNX has them.
// A layer holds no weights: those live in a record by name, so one description serves many trained models.

import { FrostglassError } from '../../errors.ts'
import type { Value } from '../../graph/index.ts'
import { formatShape } from '../../graph/shape.ts'
import type { Fans, Initialiser } from '../initialisers.ts'

/** What every layer may say. */
export interface LayerOptions {
  /** Prefix of its weights' names; its place and kind by default, such as `0.dense`. */
  readonly name?: string | undefined
  /** No update of its weights or statistics; its weights are constants of the training graph. */
  readonly frozen?: boolean | undefined
}

/**
 * Numbers drawn anew for each step and fed to the training graph, so that both executors see the same. For dropout a
 * byte an element: 1 is kept, 0 is not, with probability `rate` (to 16 bits).
 */
export type Noise =
  | { readonly kind: 'dropout'; readonly rate: number }
  | { readonly kind: 'normal'; readonly deviation: number }

/** What a builder may ask of the model that is being built. Names are local to the layer. */
export interface Building {
  /** Whether the graph is for training. A frozen layer builds as for inference, but for dropout that is left on. */
  readonly training: boolean
  /** A weight: trained when the graph is for training and the layer is not frozen. */
  weight(name: string, shape: readonly number[], initialiser: Initialiser, fans: Fans): Value
  /** A number that training keeps without a gradient: moving statistics. */
  statistic(name: string, shape: readonly number[], initialiser: 'zeros' | 'ones'): Value
  /** The content of a statistic after this step. */
  update(statistic: Value, next: Value): void
  /** Fresh noise of the shape of `like`: uint8 for dropout, else in the dtype of `like`. */
  noise(like: Value, noise: Noise): Value
  /** A scalar to add to the loss. */
  penalty(value: Value): void
}

/** Turns a layer and its input into its output. */
export type Builder<L> = (layer: L, x: Value, b: Building) => Value

/** The sizes of `x` behind its batch dimension. @throws FrostglassError `shape` when there are not `rank` of them. */
export function sizesOf(x: Value, rank: number, what: string): readonly number[] {
  const sizes = x.shape.slice(1)
  if (sizes.length === rank && sizes.every((d) => typeof d === 'number')) return sizes
  throw new FrostglassError(
    'shape',
    `${what} takes ${rank} dimensions behind the batch, but its input is ${formatShape(x.shape)}`,
    'Put a flatten or reshape layer before it.',
  )
}
