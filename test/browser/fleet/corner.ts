// Rows of a corner of the plane: which side of a line each is on. For nodes that learn by a server's step.

import { tensor } from '../../../src/graph/tensor.ts'
import { seededStream } from '../../../src/random/seeded.ts'

/** A node's own 60 rows of two numbers, and the side of each, as two outputs. */
export function cornerRows(seed: number) {
  const random = seededStream(seed, 'rows of a corner')
  const [x, y] = [new Float64Array(120), new Float64Array(120)]
  for (let i = 0; i < 60; i++) {
    x[2 * i] = random.normal()
    x[2 * i + 1] = random.normal()
    y[2 * i + Number(x[2 * i]! + x[2 * i + 1]! > 0.3)] = 1
  }
  return { x: tensor(x, [60, 2], 'float64'), y: tensor(y, [60, 2], 'float64') }
}
