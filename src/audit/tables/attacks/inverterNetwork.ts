// A small network trained on what lines leave over, as many times as asked, the answers averaged.
// Source: docs/architecture.md#the-audit (learned inverter); ensembles of networks, Hansen and Salamon (1990).
// It says nothing of how far it is to be believed: its caller asks it about rows that it did not see.

import { tensor } from '../../../graph/index.ts'
import { adam, dense, fit, predict, sequential } from '../../../learn/index.ts'

export interface NetworkOptions {
  readonly members: number
  /** Steps of training of each. */
  readonly steps: number
  readonly seed: number
  readonly signal?: AbortSignal | undefined
}

const units = 16

/** Measured on wheat, 20 to 100 known rows, 2 to 10 layers: 1e-2 bends too little, 1e-4 learns the rows by heart. */
const penalty = 1e-3

/** Rows a step at most. */
const batch = 64

/**
 * @param inputs columns of about unit variance, of the known rows
 * @param targets columns of about unit variance, of the same rows
 * @returns targets of the asked rows
 * @throws FrostglassError `aborted`
 */
export async function guessByNetwork(
  inputs: readonly Float64Array[],
  targets: readonly Float64Array[],
  asked: readonly Float64Array[],
  { members, steps, seed, signal }: NetworkOptions,
): Promise<Float64Array[]> {
  const rows = inputs[0]!.length
  const count = asked[0]!.length
  const model = sequential(
    [dense({ units, activation: 'tanh', l2: penalty }), dense({ units: targets.length, l2: penalty })],
    { input: [inputs.length] },
  )
  const data = { x: matrixOf(inputs), y: matrixOf(targets) }
  const epochs = Math.max(1, Math.round(steps / Math.ceil(rows / batch)))
  const out = targets.map(() => new Float64Array(count))
  for (let member = 0; member < members; member++) {
    const { weights } = await fit(model, data, {
      loss: 'meanSquaredError',
      optimizer: adam({ learningRate: 0.01 }),
      epochs,
      batch: Math.min(rows, batch),
      seed: seed * 1000 + member,
      executor: 'plain',
      signal,
    })
    const { data: said } = await predict(model, weights, matrixOf(asked), {
      loss: 'meanSquaredError',
      executor: 'plain',
    })
    out.forEach((column, t) => {
      for (let r = 0; r < count; r++) column[r] = column[r]! + Number(said[r * targets.length + t]) / members
    })
  }
  return out
}

function matrixOf(columns: readonly Float64Array[]) {
  const rows = columns[0]!.length
  const data = new Float64Array(rows * columns.length)
  columns.forEach((column, j) => {
    for (let r = 0; r < rows; r++) data[r * columns.length + j] = column[r]!
  })
  return tensor(data, [rows, columns.length], 'float64')
}
