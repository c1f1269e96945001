// A node that learns a straight line from rows of its own: small, and the same numbers from the same weights every time.

import type { Content, FlowerRecord } from '../../src/fleet/flower/content.ts'
import { oneRecord } from '../../src/fleet/flower/content.ts'
import type { MetricValue } from '../../src/fleet/flower/records.ts'
import { tensor } from '../../src/graph/tensor.ts'
import { seededStream } from '../../src/random/seeded.ts'

/** y = x · truth + offset, which all nodes' rows follow. */
export const [truth, offset] = [[1, -2, 3, 0.5], 0.25] as const

/** What a node answers by rows that are its own. */
export function lineNode(seed: number) {
  const random = seededStream(seed, 'rows of a node')
  const rows = Array.from({ length: 50 }, () => {
    const x = truth.map(() => random.normal())
    return { x, y: x.reduce((sum, v, j) => sum + v * truth[j]!, offset) }
  })
  return async ({
    metadata,
    content,
  }: {
    readonly metadata: { readonly messageType: string }
    readonly content: Content
  }): Promise<{ readonly content: Content }> => {
    const arrays = oneRecord(content, 'arrays')
    const w = Array.from(arrays.get('w')!.data as Float32Array)
    let b = (arrays.get('b')!.data as Float32Array)[0]!
    const miss = ({ x, y }: (typeof rows)[number]) => x.reduce((sum, v, j) => sum + v * w[j]!, b) - y
    const trains = metadata.messageType === 'train'
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
