// What somebody learns of a hidden attribute from vectors that were released: a linear and a deep attacker, each fresh.
// Source: as the study's attribute networks (src/audit/images/attributeNet.ts), smaller; they choose their epoch on a tenth of
// their own rows. What they get is a lower bound: another attacker may get more.

import { trainLayers } from '../../src/audit/images/learning.ts'
import type { Labels } from '../../src/data/index.ts'
import type { Tensor } from '../../src/graph/index.ts'
import { argmax, dense, flatten, type Layer, predict } from '../../src/learn/index.ts'
import { rightOf, type Share, share } from '../shares.ts'
import { rowsOf, take } from './records.ts'

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

/**
 * Both attackers, trained on some rows and judged on others.
 * @param released [rows, …] of all rows, as the service sees them
 * @param parts the attacker's own rows, and those that it is judged on
 */
export async function attackVectors(
  released: Tensor,
  attribute: Labels,
  parts: { readonly own: Int32Array; readonly judged: Int32Array },
  options: { readonly seed: number; readonly epochs: number; readonly signal?: AbortSignal | undefined },
): Promise<Attacks> {
  const of = (rows: Int32Array) => ({ x: rowsOf(released, rows), of: take(attribute.of, rows) })
  const [own, judged] = [of(parts.own), of(parts.judged)]
  const y = { dtype: 'int32', shape: [own.of.length], data: own.of } as const
  const right = async (layers: readonly Layer[]) => {
    const { model, weights } = await trainLayers(layers, { x: own.x, y }, loss, {
      ...options,
      validation: 0.1,
      threads: 1,
    })
    const { data } = await predict(model, weights, judged.x, { loss })
    return share(rightOf(argmax(data as Float64Array, attribute.names.length), judged.of), judged.of.length)
  }
  const { linear, mlp } = attackers(attribute.names.length)
  return { linear: await right(linear), mlp: await right(mlp) }
}
