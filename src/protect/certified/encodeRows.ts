// What a trained network makes of rows: z and the label that the head reads from it, without noise.
// Source: ours: cells are cut from noiseless z.
// It is for training data; what is released comes from the pane's own graph.

import { argMax, cast, compile, constant, div, graph, input, sizeOf, type Value } from '../../graph/index.ts'
import { constantOf } from '../../graph/value.ts'
import { applyLayers } from '../../learn/buildLayers.ts'
import type { Model, Weights } from '../../learn/index.ts'
import { inType, weightOf } from '../../learn/model.ts'
import type { CodeNetwork } from './codeNetwork.ts'
import { type CodeRows, takeCodeRows } from './codeRows.ts'

/** Rows behind the encoder. */
export interface EncodedRows {
  /** [rows, width], row after row. */
  readonly z: Float32Array
  readonly width: number
  /** The label of the largest logit, the first of equals. */
  readonly predicted: Int32Array
}

/** A model with its weights, on a value. */
export function infer(model: Model, weights: Weights, x: Value): Value {
  return applyLayers(model.layers, x, {
    training: false,
    parameter: (p) => constantOf(inType(weightOf(p, weights), 'float32'), p.name),
  })
}

const chunk = 1024

/** z and label of each row, in order. */
export async function encodeRows(
  network: CodeNetwork,
  weights: Weights,
  rows: Pick<CodeRows, 'x'>,
  options: { readonly threads?: number | undefined } = {},
): Promise<EncodedRows> {
  const { x } = rows
  const row = input('row', ['N', ...network.encoder.input], x.dtype)
  const unit = x.dtype === 'uint8' ? div(cast(row, 'float32'), constant([255], [1])) : row
  const z = infer(network.encoder, weights, unit)
  const predicted = argMax(infer(network.head, weights, z))
  const program = await compile(graph({ inputs: [row], outputs: { z, predicted } }), {
    executor: 'native',
    threads: options.threads,
  })
  const [width] = network.encoder.output as [number]
  const count = x.shape[0]!
  const size = sizeOf(x.shape.slice(1))
  const all = { z: new Float32Array(count * width), width, predicted: new Int32Array(count) }
  try {
    for (let start = 0; start < count; start += chunk) {
      const end = Math.min(count, start + chunk)
      const data = (x.data as Float32Array).subarray(start * size, end * size)
      const answer = await program.run({
        row: { dtype: x.dtype, shape: [end - start, ...network.encoder.input], data },
      })
      all.z.set(answer['z']!.data as Float32Array, start * width)
      all.predicted.set(Int32Array.from(answer['predicted']!.data as BigInt64Array, Number), start)
    }
  } finally {
    await program.close()
  }
  return all
}

/** Some rows, drawn from the front of a random order: enough to place centres by. */
export function sampleRows(rows: CodeRows, order: Int32Array, most: number): CodeRows {
  return takeCodeRows(rows, order.subarray(0, Math.min(most, order.length)))
}
