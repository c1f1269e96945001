import { describe, expect, it } from 'vitest'
import { conv2d, dense, flatten, sequential } from '../../learn/index.ts'
import { seededStream } from '../../random/seeded.ts'
import { metricOf } from '../finding.ts'
import { seenOf } from './frame.ts'
import { openMatcher } from './gradientMatching.ts'
import { separateRows } from './guessedRows.ts'
import { inversion } from './inversion.ts'
import { takeLabelled } from './send.ts'
import { digitRows, drawnRows, evidenceFrom } from './testing.ts'

const image = [1, 28, 28] as const
const domain = [0, 1] as const
const small = sequential(
  [
    conv2d({ filters: 8, kernel: 3, padding: [1, 1], activation: 'relu' }),
    conv2d({ filters: 16, kernel: 3, stride: 2, padding: [1, 1], activation: 'relu' }),
    flatten(),
    dense({ units: 10 }),
  ],
  { input: image },
)
const digits = takeLabelled(await digitRows('test'), Int32Array.of(110, 420, 770))
const options = { seed: 1, effort: 'quick' } as const

describe('gradient inversion', () => {
  it('redraws digits from plain and from cut off gradients alike, and not behind noise', async () => {
    const got: number[] = []
    for (const facts of [{}, { clip: 0.01, sends: 'update', rate: 0.2 }, { clip: 1, noise: 1 }] as const) {
      const evidence = await evidenceFrom(small, digits, facts, 1, { image, domain })
      const finding = await inversion.run(evidence, options)
      got.push(metricOf(finding, 'ssim').value)
      expect(finding.pictures).toHaveLength(1)
    }
    const [plain, cut, noisy] = got as [number, number, number]
    expect(plain).toBeGreaterThan(0.8)
    expect(Math.abs(cut - plain)).toBeLessThan(0.1)
    expect(noisy).toBeLessThan(0.15)
  })

  it('goes down the distance of gradients, which is nothing at the rows themselves', async () => {
    const evidence = await evidenceFrom(small, digits, {}, 1, { image, domain })
    const matcher = await openMatcher(seenOf(evidence), 1)
    const descent = { labels: digits.labels.slice(0, 1), variation: 1e-3, random: seededStream(1, 'start') }
    const [start, end] = [
      await matcher.descend(evidence.sent[0]!, { ...descent, iterations: 0 }),
      await matcher.descend(evidence.sent[0]!, { ...descent, iterations: 200 }),
    ]
    expect(start.distance).toBeGreaterThan(0.2)
    expect(end.distance).toBeLessThan(start.distance / 5)
    await matcher.close()
  })

  it('finds rows of tables, too, which have no variation', async () => {
    const model = sequential([dense({ units: 24, activation: 'tanh' }), dense({ units: 3 })], { input: [6] })
    const rows = drawnRows(4, 6, 3, 5)
    const evidence = await evidenceFrom(model, rows, {}, 4)
    const finding = await inversion.run(evidence, options)
    expect(metricOf(finding, 'cells5').value).toBeGreaterThan(0.8)
    expect(separateRows(evidence.truth.rows[0]!)).toHaveLength(1)
  })

  it('says why it is not run', async () => {
    const evidence = seenOf(await evidenceFrom(small, digits, {}, 1))
    expect(inversion.obstacle(evidence)).toBeUndefined()
    const crowd = { ...evidence, facts: { ...evidence.facts, nodes: 1000 } }
    expect(inversion.obstacle(crowd)).toContain('rows are behind each message')
  })
})
