// What somebody learns of a hidden attribute from vectors that were released: a linear and a deep attacker, each fresh.
// Source: as the study's attribute networks (src/audit/images/attributeNet.ts), smaller; they choose their epoch on a tenth of
// their own rows. What they get is a lower bound: another attacker may get more.

import { trainLayers } from '../../src/audit/images/learning.ts'
import type { Tensor } from '../../src/graph/index.ts'
import { argmax, dense, flatten, type Layer, predict } from '../../src/learn/index.ts'
import { rightOf, type Share, share } from '../shares.ts'

/** Right guesses of each attacker. */
export interface Attacks {
  readonly linear: Share
  readonly mlp: Share
}

const loss = 'categoricalCrossEntropy'

const attackers = (classes: number): Readonly<Record<keyof Attacks, readonly Layer[]>> => ({
  linear: [flatten(), dense({ units: classes })],
  mlp: [
    flatten(),
    dense({ units: 256, activation: 'relu' }),
    dense({ units: 128, activation: 'relu' }),
    dense({ units: classes }),
  ],
})

/** Vectors that a service is given, with the attribute's class of each. */
interface Vectors {
  /** [rows, …] */
  readonly x: Tensor
  readonly of: Int32Array
}

/** Both attackers, trained on their own rows and judged on others. */
export async function attackVectors(
  own: Vectors,
  judged: Vectors,
  options: {
    readonly classes: number
    readonly seed: number
    readonly epochs: number
    readonly signal?: AbortSignal | undefined
  },
): Promise<Attacks> {
  const { classes, ...training } = options
  const y = { dtype: 'int32', shape: [own.of.length], data: own.of } as const
  const right = async (layers: readonly Layer[]) => {
    const { model, weights } = await trainLayers(layers, { x: own.x, y }, loss, {
      ...training,
      validation: 0.1,
      threads: 1,
    })
    const { data } = await predict(model, weights, judged.x, { loss })
    return share(rightOf(argmax(data as Float64Array, classes), judged.of), judged.of.length)
  }
  const { linear, mlp } = attackers(classes)
  return { linear: await right(linear), mlp: await right(mlp) }
}
