import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { noisy, published } from '../../src/encrypt/integer-vector/index.ts'
import { exactSigmoid } from '../../src/encrypt/sigmoidPolynomial.ts'
import { seededRandom } from '../../src/random/seeded.ts'
import { seededSecret } from '../../src/random/seededSecret.ts'
import type { Settings } from '../experiment.ts'
import { reported } from '../reporting.ts'
import { encryptedNetwork, sentimentKeys } from './encrypted.ts'
import { sentimentExperiment } from './index.ts'
import { schemes } from './limits.ts'
import { firstOutput, plainNetwork } from './network.ts'
import type { SentimentAnswer, SentimentTask } from './sentiment.ts'
import { leastSquares, polynomial, taylor } from './sigmoids.ts'

// Made-up reviews: words that lean one way, and words that do not.
const folder = mkdtempSync(join(tmpdir(), 'frostglass-sentiment-'))
beforeAll(() => {
  const source = seededRandom(4)
  const pick = (n: number) => Math.floor(n * source.uniform())
  const lines = Array.from({ length: 1200 }, (_, i) => {
    const kind = i % 2 === 0 ? 'good' : 'bad'
    const other = i % 2 === 0 ? 'bad' : 'good'
    return Array.from({ length: 12 }, () => {
      const leaning = source.uniform() < 0.65 ? kind : other
      return source.uniform() < 0.6 ? `${leaning}${pick(30)}` : `word${pick(100)}`
    }).join(' ')
  })
  writeFileSync(join(folder, 'reviews.txt'), lines.join('\n'))
  writeFileSync(
    join(folder, 'labels.txt'),
    lines.map((_, i) => (i % 2 === 0 ? 'positive' : 'negative')).join('\n'),
  )
})
afterAll(() => rmSync(folder, { recursive: true, force: true }))

const quick = { quick: true, seed: 0, data: folder } as const
const tasksOf = async (settings: Settings) => sentimentExperiment.tasks(settings)

describe('the encrypted network', () => {
  const output = firstOutput(seededRandom(1))
  const source = seededRandom(9)
  const examples = Array.from({ length: 60 }, (_, i) => ({
    words: Int32Array.from(new Set(Array.from({ length: 8 }, () => Math.floor(20 * source.uniform())))),
    positive: (i % 2) as 0 | 1,
  }))

  it.each([
    ['published', published, taylor],
    ['with noise', noisy, taylor],
    ['published', published, leastSquares],
    ['with noise', noisy, leastSquares],
  ] as const)('learns as the plain one does: %s', (name, parameters, act) => {
    // A rate at which sixty reviews move the weights.
    const learningRate = 0.03
    const plain = plainNetwork(20, output, { learningRate, act: polynomial(act) })
    const keys = sentimentKeys(seededSecret(1, name), parameters)
    const encrypted = encryptedNetwork(20, output, keys, { learningRate, act })
    let most = 0
    for (const example of examples) {
      const answer = plain.learn(example)
      most = Math.max(most, Math.abs(answer))
      // An answer is read in thousandths, and first weights are rounded to them.
      expect(Math.abs(encrypted.learn(example) - answer)).toBeLessThan(0.02)
    }
    expect(most).toBeGreaterThan(0.1)
  })

  it('ends when answers run off the Taylor series, and says so', () => {
    const keys = sentimentKeys(seededSecret(2, 'lost'), published)
    const network = encryptedNetwork(1, output, keys, { learningRate: 1, act: taylor })
    const sure = { words: Int32Array.of(0), positive: 1 as const }
    expect(() => {
      for (let i = 0; i < 200; i++) network.learn(sure)
    }).toThrow(/values have grown too large|has \d+ bits/)
  })
})

describe('polynomials in the place of the sigmoid', () => {
  it('follow it within their reach, and the series runs off beyond', () => {
    for (const [act, reach, error] of [
      [taylor, 2, 0.01],
      [leastSquares, 16, 0.11],
    ] as const) {
      for (let x = -reach; x <= reach; x += 0.1)
        expect(Math.abs(polynomial(act)(x) - exactSigmoid(x))).toBeLessThan(error)
    }
    expect(polynomial(taylor)(6)).toBeLessThan(-10)
  })
})

describe('the experiment', () => {
  it('wants reviews, and enough of them', async () => {
    await expect(tasksOf({ quick: true, seed: 0 })).rejects.toThrow(/--data/)
    await expect(tasksOf(quick)).rejects.toThrow(/has 1200 reviews/)
  })

  it('shows that encryption costs nothing, and hides nothing', async () => {
    const tasks: SentimentTask[] = [
      ...(
        [
          ['plain', 'least squares'],
          ['published', 'least squares'],
          ['with noise', 'least squares'],
          ['plain', 'sigmoid'],
          ['plain', 'taylor'],
        ] as const
      ).map(([encryption, activation]) => ({
        kind: 'training' as const,
        folder,
        encryption,
        activation,
        reviews: 1200,
        heldOut: 200,
        seed: 0,
      })),
      ...Object.keys(schemes).map((scheme) => ({ kind: 'break' as const, scheme, keys: 3, seed: 0 })),
    ]
    const answers = (await Promise.all(
      tasks.map((task) => sentimentExperiment.run(task)),
    )) as SentimentAnswer[]
    const trained = (encryption: string, activation: string) =>
      answers[
        tasks.findIndex(
          (task) =>
            task.kind === 'training' && task.encryption === encryption && task.activation === activation,
        )
      ]!.training!
    const plain = trained('plain', 'least squares')
    expect(plain.heldOut.value).toBeGreaterThan(0.75)
    for (const encryption of ['published', 'with noise']) {
      const own = trained(encryption, 'least squares')
      expect(Math.abs(own.heldOut.value - plain.heldOut.value)).toBeLessThan(0.03)
      expect(own.asPlain!.value).toBeGreaterThan(0.97)
      expect(own.weightsRead!.value).toBeGreaterThan(0.99)
    }
    for (const { broken } of answers.slice(-4)) {
      expect(broken!.found.value).toBe(1)
      expect(broken!.milliseconds).toBeGreaterThan(0)
    }
    expect(answers.at(-4)!.broken!.limits).toMatchObject({ freshNoise: null, doublings: 60, products: 40 })
    expect(answers.at(-1)!.broken!.limits.products).toBe(0)
    const { page, summary, figures } = await reported(sentimentExperiment, tasks, answers, quick)
    expect(page).toMatch(/are read \*\*without any key\*\*/)
    expect(summary).toMatch(/one division/)
    expect(Object.keys(figures)).toEqual(['online-accuracy'])
  })
})
