// A node's rows of a straight line, and what it answers by them: for tests of a fleet, on Node and in browsers.

import { type Content, type FlowerRecord, oneRecord } from '../../../src/fleet/flower/content.ts'
import type { MetricValue } from '../../../src/fleet/flower/records.ts'
import { tensor } from '../../../src/graph/tensor.ts'
import { seededStream } from '../../../src/random/seeded.ts'

/** y = x · slopes + offset. */
export const line = { slopes: [1, -2, 3, 0.5], offset: 0.25 }

/** A node with 50 rows of its own. */
export function lineNode(seed: number) {
  const random = seededStream(seed, 'rows of a node')
  const rows = Array.from({ length: 50 }, () => {
    const x = line.slopes.map(() => random.normal())
    return { x, y: x.reduce((sum, v, j) => sum + v * line.slopes[j]!, line.offset) }
  })
  return async (type: string, content: Content): Promise<{ readonly content: Content }> => {
    const arrays = oneRecord(content, 'arrays')
    const w = Array.from(arrays.get('w')!.data as Float32Array)
    let b = (arrays.get('b')!.data as Float32Array)[0]!
    const miss = ({ x, y }: (typeof rows)[number]) => x.reduce((sum, v, j) => sum + v * w[j]!, b) - y
    const trains = type === 'train'
    for (let step = 0; trains && step < 200; step++)
      for (const row of rows) {
        const d = 0.05 * miss(row)
        row.x.forEach((v, j) => {
          w[j]! -= d * v
        })
        b -= d
      }
    const metrics = new Map<string, MetricValue>([
      ['loss', { double: rows.reduce((sum, row) => sum + miss(row) ** 2, 0) / rows.length }],
      ['num-examples', { integer: BigInt(rows.length) }],
    ])
    const answer = new Map<string, FlowerRecord>([['metrics', { metrics }]])
    if (trains)
      answer.set('arrays', {
        arrays: new Map([
          ['w', tensor(w, [4])],
          ['b', tensor([b], [])],
        ]),
      })
    return { content: answer }
  }
}
