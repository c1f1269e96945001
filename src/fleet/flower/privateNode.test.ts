// A private node's answers: two tables side by side in everything that leaves, steps that copy rows, and what is paid when.

import { mkdtempSync, rmSync } from 'node:fs'
import { copyFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { create } from '@bufbuild/protobuf'
import { afterAll, describe, expect, it } from 'vitest'
import { FrostglassError } from '../../errors.ts'
import {
  add,
  constant,
  graph,
  input,
  mul,
  reduceMean,
  reduceSum,
  reshape,
  slice,
  tensor,
  variable,
  writeOnnx,
} from '../../graph/index.ts'
import { type Dataset, dense, initialWeights, sequential } from '../../learn/index.ts'
import { createLedger, openLedger, zcdpToEpsilon } from '../../private/index.ts'
import { seededStream } from '../../random/seeded.ts'
import type { RandomSource } from '../../random/source.ts'
import { writeStep } from '../learner/stepFile.ts'
import { openAccount } from '../privacy/account.ts'
import { noiseFor } from '../privacy/roundPrice.ts'
import { localPrice, multiplierRange, updateNoise } from '../privacy/updateNoise.ts'
import { type Content, type FlowerRecord, oneRecord, packContent } from './content.ts'
import { MetadataSchema } from './flower_pb.js'
import { type NodeTask, rowRounds, tableRounds } from './localRounds.ts'
import { privateAnswer, refusals } from './privateNode.ts'
import type { ConfigValue } from './records.ts'
import { inThisThread, requestOf } from './testing.ts'

const folder = mkdtempSync(join(tmpdir(), 'frostglass-node-'))
afterAll(() => rmSync(folder, { recursive: true, force: true }))

const model = sequential([dense({ units: 4, activation: 'tanh' }), dense({ units: 2 })], { input: [3] })
const first = new Map(Object.entries(initialWeights(model, 1)))

function taskOf(x: readonly (readonly number[])[], y: readonly (readonly number[])[]): NodeTask {
  const data: Dataset = {
    x: tensor(Float64Array.from(x.flat()), [x.length, 3], 'float64'),
    y: tensor(Float64Array.from(y.flat()), [y.length, 2], 'float64'),
  }
  return {
    model,
    loss: 'categoricalCrossEntropy',
    data,
    own: { rate: 0.1, epochs: 1, batch: 4 },
    requireMeaning: () => undefined,
    ownStep: () => writeStep(model, 'categoricalCrossEntropy'),
  }
}
const draws = seededStream(2, 'tables')
const rows = (count: number, value: () => number) =>
  Array.from({ length: count }, () => [value(), value(), value()])
const classes = (count: number) =>
  Array.from({ length: count }, () => (draws.uniform() < 0.5 ? [1, 0] : [0, 1]))

/** Tables that have nothing to do with each other. */
const tables: Readonly<Record<string, NodeTask>> = {
  usual: taskOf(rows(20, draws.uniform), classes(20)),
  'of one row': taskOf([[1, -1, 1]], [[1, 0]]),
  long: taskOf(rows(333, draws.normal), classes(333)),
  'of zeros': taskOf(
    rows(7, () => 0),
    classes(7),
  ),
  'without classes': taskOf(
    rows(9, draws.uniform),
    Array.from({ length: 9 }, () => [0, 0]),
  ),
  'of huge numbers': taskOf(
    rows(8, () => 1e300),
    classes(8),
  ),
  'of no numbers': taskOf(
    rows(8, () => Number.NaN),
    classes(8),
  ),
}

/** The same words for each. */
function repeating(): RandomSource {
  const stream = seededStream(4, 'noise')
  const word = new Int32Array(1)
  return {
    uint32() {
      stream.fill(word)
      return word[0]! >>> 0
    },
  }
}

const message = (type: string, content: Content) => ({
  metadata: create(MetadataSchema, { messageType: type, runId: 5n }),
  content,
})
const training = (settings: Readonly<Record<string, ConfigValue>> = {}, arrays = first) =>
  message(
    'train',
    new Map<string, FlowerRecord>([
      ['arrays', { arrays }],
      ['config', { config: new Map(Object.entries(settings)) }],
    ]),
  )

const free = { pay: async () => undefined, paid: async () => 0, rounds: 100, examples: 7, limit: 60 }
const noise = updateNoise(1, 2)

describe('two tables, with the same noise', () => {
  const step = writeStep(model, 'categoricalCrossEntropy')
  const requests = {
    'the node’s model': training({ rate: { double: 0.3 }, epochs: { integer: 2n } }),
    'a step that was sent': training({ 'training-step': { bytes: step }, 'proximal-mu': { double: 0.1 } }),
    'a rate at which all diverges': training({ rate: { double: 1e6 }, epochs: { integer: 50n } }),
    evaluation: message('evaluate', training().content),
    query: message('query', training().content),
    'arrays of another model': training({}, new Map([['w', tensor([1, 2], [2])]])),
    'weights that are none': training(
      {},
      new Map(
        [...first].map(([n, t]) => [n, { ...t, data: new Float64Array(t.data.length).fill(Number.NaN) }]),
      ),
    ),
    'settings that are none': training({ epochs: { integer: 10n ** 9n } }),
    'a step that is none': training({ 'training-step': { bytes: Uint8Array.of(1, 2, 3) } }),
    'a step that is text': training({ 'training-step': { text: 'no' } }),
  }
  it.each(Object.entries(requests))('differ in the numbers of arrays alone: %s', async (_, request) => {
    const seen: { told: string; numbers: Float64Array }[] = []
    for (const task of Object.values(tables)) {
      const answer = privateAnswer({ ...free, prepare: tableRounds(task, noise, inThisThread(repeating())) })
      const made = await answer(request, undefined).catch((error: Error) => ({ refused: error.message }))
      if ('refused' in made) {
        seen.push({ told: made.refused, numbers: new Float64Array() })
        continue
      }
      const arrays = oneRecord(made.content, 'arrays')
      const numbers = Float64Array.from(
        [...arrays.values()].flatMap(({ data }) => [...(data as Float64Array)]),
      )
      const told = {
        names: [...made.content.keys()],
        metrics: [...oneRecord(made.content, 'metrics')].map(([name, value]) => [
          name,
          String(Object.values(value)),
        ]),
        arrays: [...arrays].map(([name, { dtype, shape }]) => [name, dtype, shape]),
        objects: packContent(made.content).objects.map(({ type, bytes, children }) => [
          type,
          bytes.length,
          children.length,
        ]),
      }
      seen.push({ told: JSON.stringify(told), numbers })
    }
    for (const { told, numbers } of seen) {
      expect(told).toBe(seen[0]!.told)
      const apart = numbers.map((v, i) => (v - seen[0]!.numbers[i]!) / 2 ** noise.exponent)
      // Float64 arrays, so that the noise cancels but for last digits.
      expect(Math.hypot(...apart)).toBeLessThanOrEqual(2 * noise.most * (1 + 1e-6))
    }
    expect(seen).toHaveLength(7)
  })

  it('are answered alike when the step is a file that somebody has broken, and the node goes on', async () => {
    const random = seededStream(6, 'broken files')
    const ends = new Set<string>()
    const prepare = tableRounds(tables['usual']!, noise, inThisThread())
    for (let i = 0; i < 300; i++) {
      const broken = step.slice(0, i % 5 === 0 ? random.below(step.length) : step.length)
      for (let k = 0; k < 1 + (i % 7); k++) broken[random.below(broken.length)] = random.below(256)
      const answer = privateAnswer({ ...free, prepare })
      const made = await answer(training({ 'training-step': { bytes: broken } }), undefined).catch(
        (error: unknown) => {
          expect(error).toBeInstanceOf(FrostglassError)
          return { refused: '' }
        },
      )
      ends.add('content' in made ? 'content' : 'refused')
    }
    // Some bytes are of names and texts, and do not matter.
    expect([...ends].sort()).toEqual(['content', 'refused'])
  })

  it('say in refusals nothing but what is in the message or on the list', async () => {
    const answer = privateAnswer({ ...free, prepare: tableRounds(tables['usual']!, noise) })
    expect(await answer(requests.evaluation, undefined)).toEqual({ refused: refusals.evaluate })
    expect(await answer(requests.query, undefined)).toEqual({ refused: refusals.other })
  })
})

describe('a step that copies a row into the weights', () => {
  const x = input('input', ['N', 3])
  const y = input('target', ['N', 2])
  const w = variable('w', tensor([0, 0, 0], [3]))
  const rate = variable('rate', tensor([0], []))
  const row = reshape(slice(x, [0], [1], [0]), [3])
  const bytes = writeOnnx(
    graph({
      inputs: [x, y],
      outputs: { loss: reduceMean(y) },
      updates: [[w, add(w, add(mul(row, constant(1e9)), mul(reduceSum(y), mul(rate, constant(0)))))]],
    }),
    {
      variablesAsInputs: true,
      metadata: {
        'frostglass.step': '{"format":"frostglass training step","version":1,"loss":"x","answers":"one"}',
      },
    },
  )
  const request = requestOf(new Map([['w', tensor([0, 0, 0], [3], 'float64')]]), { step: bytes, rate: 1 })
  /** What a server gets of a table's row, many times. */
  async function copies(task: NodeTask, z: number, count: number): Promise<number[]> {
    const prepare = tableRounds(task, updateNoise(1, z), inThisThread())
    const never = new AbortController().signal
    const sums: number[] = []
    for (let i = 0; i < count; i++) {
      const ready = await prepare(request, never)
      const copied = ready.arraysOf(await ready.run(never)).get('w')!
      sums.push((copied.data as Float64Array).reduce((sum, v) => sum + v, 0))
    }
    return sums
  }
  const [one, other] = [taskOf([[1, 1, 1]], [[1, 0]]), taskOf([[-1, -1, -1]], [[1, 0]])]

  it('gives the server the row where there is little noise', async () => {
    const sums = await copies(one, 2 ** -4, 200)
    expect(sums.filter((sum) => sum > 0).length).toBe(200)
  })

  it('gives it no more than the price says: the best test of a row against its opposite', async () => {
    const count = 1500
    const z = 7.6
    // ε of one reply at δ = 1e-5, by the books.
    const epsilon = zcdpToEpsilon((localPrice(updateNoise(1, z)) as { rho: number }).rho, 1e-5)
    /** A lower bound on ε: the score interval's ends at three thresholds, each held with 1 − 10^-5. */
    const leak = (yes: readonly number[], no: readonly number[], deviation: number) =>
      Math.max(
        ...[0, 1, 2].map((at) => {
          const over = (of: readonly number[]) => of.filter((sum) => sum > at * deviation).length / of.length
          const low = interval(over(yes), count)[0]
          const high = interval(over(no), count)[1]
          return Math.log(Math.max(1e-9, low - 1e-5) / high)
        }),
      )
    const of = async (multiplier: number) =>
      leak(
        await copies(one, multiplier, count),
        await copies(other, multiplier, count),
        multiplier * Math.sqrt(3),
      )
    expect(await of(z)).toBeLessThan(epsilon)
    // The same test sees it where there is an eighth of that noise.
    expect(await of(z / 8)).toBeGreaterThan(epsilon)
  })
})

/** Wilson's interval of a share, at 4.4 deviations. */
function interval(share: number, count: number): [number, number] {
  const z = 4.4
  const middle = (share + z ** 2 / (2 * count)) / (1 + z ** 2 / count)
  const half =
    (z / (1 + z ** 2 / count)) * Math.sqrt((share * (1 - share)) / count + z ** 2 / (4 * count ** 2))
  return [middle - half, middle + half]
}

describe('paying', () => {
  let count = 0
  const budget = { epsilon: 3, delta: 1e-5, composition: 'renyi' } as const
  /** A ledger for so many rounds, and what each costs. */
  async function newLedger(rounds: number) {
    const path = join(folder, `${++count}.ledger`)
    const z = noiseFor({ ...budget, rounds }, (z) => [localPrice(updateNoise(1, z))], multiplierRange)
    const terms = { losses: [localPrice(updateNoise(1, z))], delta: undefined, unit: 'table' }
    return { ledger: await createLedger(path, { dataset: 'd', unit: 'table', ...budget }), terms }
  }

  it('comes before rows are touched, and not for what is refused', async () => {
    const { ledger, terms } = await newLedger(3)
    const happened: string[] = []
    const pay = await openAccount(ledger, join(folder, 'state'), terms)
    const prepare = tableRounds(tables['usual']!, noise)
    const answer = privateAnswer({
      ...free,
      async pay(what) {
        await pay(what)
        happened.push(`paid ${what}: ${ledger.entries().length}`)
      },
      async prepare(request, judging) {
        const ready = await prepare(request, judging)
        return {
          ...ready,
          run(signal) {
            happened.push(`ran with ${ledger.entries().length} paid`)
            return ready.run(signal)
          },
        }
      },
    })
    await answer(message('evaluate', training().content), undefined)
    await answer(training({ epochs: { integer: 0n } }), undefined).catch(() => undefined)
    expect(ledger.entries()).toEqual([])
    for (const round of [1n, 2n]) await answer(training({ 'server-round': { integer: round } }), undefined)
    expect(happened).toEqual([
      'paid round 1 of run 5: 1',
      'ran with 1 paid',
      'paid round 2 of run 5: 2',
      'ran with 2 paid',
    ])
    ledger.close()
  })

  it('of fifty at once lets as many answer as the budget pays', async () => {
    const { ledger, terms } = await newLedger(4)
    let paid = 0
    const prepare = tableRounds(tables['usual']!, noise, inThisThread())
    const answers = await Promise.all(
      Array.from({ length: 50 }, async (_, i) => {
        const own = openLedger(ledger.path, { patience: 600 })
        const pay = await openAccount(own, join(folder, `of fifty ${i}`), terms)
        const made = await privateAnswer({
          ...free,
          prepare,
          pay: async (what) => {
            await pay(what)
            paid++
          },
        })(training(), undefined)
        own.close()
        return made
      }),
    )
    expect(ledger.entries()).toHaveLength(4)
    expect(paid).toBe(4)
    expect(answers.filter((made) => 'content' in made)).toHaveLength(4)
    const refused = answers.flatMap((made) => ('refused' in made ? [made.refused] : []))
    expect(refused).toEqual(new Array(46).fill(refusals.budget))
    ledger.close()
  })

  it('is refused from an older copy of the ledger, or another', async () => {
    const { ledger, terms } = await newLedger(5)
    const state = join(folder, 'older')
    const pay = await openAccount(ledger, state, terms)
    await pay('first')
    const copy = join(folder, 'copy.ledger')
    ledger.close()
    await copyFile(ledger.path, copy)
    const newest = openLedger(ledger.path)
    await (await openAccount(newest, state, terms))('second')
    newest.close()
    const older = openLedger(copy)
    await expect(openAccount(older, state, terms)).rejects.toThrow('an older copy')
    older.close()
    // Put back while the node runs: it notices before it pays again.
    const running = openLedger(ledger.path)
    const going = await openAccount(running, state, terms)
    await going('third')
    await copyFile(copy, ledger.path)
    const back = openLedger(ledger.path)
    const answer = privateAnswer({ ...free, prepare: tableRounds(tables['usual']!, noise), pay: going })
    expect(await answer(training(), undefined)).toEqual({ refused: refusals.budget })
    running.close()
    await expect(openAccount(back, state, terms)).rejects.toThrow('an older copy')
    expect(back.entries()).toHaveLength(1)
    back.close()
  })

  it('ends with the rounds that the owner allowed', async () => {
    let paid = 0
    const count = { pay: async () => void paid++, paid: async () => paid }
    const answer = privateAnswer({
      ...free,
      ...count,
      rounds: 1,
      prepare: tableRounds(tables['usual']!, noise),
    })
    expect('content' in (await answer(training(), undefined))).toBe(true)
    expect(await answer(training(), undefined)).toEqual({ refused: refusals.rounds })
  })

  it('that fails is told in words that say nothing', async () => {
    const told: unknown[] = []
    const failing = (error: Error) =>
      privateAnswer({
        ...free,
        prepare: tableRounds(tables['usual']!, noise),
        pay: () => Promise.reject(error),
        onNews: (news) => told.push(news),
      })(training(), undefined)
    expect(await failing(new FrostglassError('io', '/home/me/secret.ledger is locked'))).toEqual({
      refused: refusals.unpaid,
    })
    expect(JSON.stringify(told)).toContain('secret.ledger')
  })
})

describe('a node that protects rows', () => {
  const task = tables['long']!
  const privacy = { clip: 1, clipping: 'flat', noiseMultiplier: 2, delta: 1e-5 } as const
  it('trains privately from the server’s weights, by its own batches and epochs', async () => {
    const answer = privateAnswer({ ...free, prepare: rowRounds(task, privacy) })
    const made = await answer(training({ epochs: { integer: 900n }, rate: { double: 0.5 } }), undefined)
    expect('content' in made && oneRecord(made.content, 'arrays').get('0.dense.kernel')?.shape).toEqual([
      3, 4,
    ])
  })

  it('knows its own model by the step that its operator sends', async () => {
    const answer = privateAnswer({ ...free, prepare: rowRounds(task, privacy) })
    const bytes = writeStep(model, 'categoricalCrossEntropy')
    expect('content' in (await answer(training({ 'training-step': { bytes } }), undefined))).toBe(true)
  })

  it('refuses what its price does not cover', async () => {
    const answer = privateAnswer({ ...free, prepare: rowRounds(task, privacy) })
    const other = sequential([dense({ units: 4, activation: 'relu' }), dense({ units: 2 })], { input: [3] })
    const step = writeStep(other, 'categoricalCrossEntropy')
    await expect(answer(training({ 'training-step': { bytes: step } }), undefined)).rejects.toThrow(
      'the training step of another model',
    )
    await expect(answer(training({ 'proximal-mu': { double: 1 } }), undefined)).rejects.toThrow('no pull')
    await expect(answer(training({ rate: { double: 0 } }), undefined)).rejects.toThrow("setting 'rate'")
  })
})
