import { mkdtempSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, describe, expect, it } from 'vitest'
import { type Tensor, tensor } from '../../graph/index.ts'
import { toFloat64 } from '../../graph/tensor.ts'
import { adam, type Dataset, dense, sequential, sgd } from '../../learn/index.ts'
import { seededStream } from '../../random/seeded.ts'
import { openCheckpoint, readCheckpoint } from './checkpointFile.ts'
import { type PrivateTrainOptions, trainPrivately } from './trainPrivately.ts'

const folder = mkdtempSync(join(tmpdir(), 'frostglass-checkpoint-'))
afterAll(() => rmSync(folder, { recursive: true, force: true }))
let files = 0
const fresh = () => join(folder, `${++files}.checkpoint`)

const model = sequential([dense({ units: 3, activation: 'tanh' }), dense({ units: 2 })], { input: [2] })
const source = seededStream(1, 'rows')
const data: Dataset = {
  x: tensor(
    Float32Array.from({ length: 400 }, () => source.normal()),
    [200, 2],
  ),
  y: tensor(
    Int32Array.from({ length: 200 }, (_, i) => i % 2),
    [200],
    'int32',
  ),
}
const settings: PrivateTrainOptions = {
  loss: 'categoricalCrossEntropy',
  optimizer: adam({ learningRate: 0.1 }),
  epochs: 4,
  batch: 50,
  clip: 1,
  delta: 1e-5,
  noiseMultiplier: 2,
  executor: 'plain',
}

/** Trains until so many epochs were seen, as somebody does who is then stopped. */
async function train(options: Partial<PrivateTrainOptions>, most = Number.POSITIVE_INFINITY) {
  const seen = []
  for await (const epoch of trainPrivately(model, data, { ...settings, ...options })) {
    seen.push({
      epoch: epoch.record.epoch,
      last: epoch.last,
      steps: epoch.spent.steps,
      weights: epoch.weights(),
    })
    if (seen.length === most) break
  }
  return seen
}

const numbers = (weights: Readonly<Record<string, Tensor>>) =>
  Object.values(weights).flatMap((t) => Array.from(toFloat64(t)))

describe('a checkpoint of private training', () => {
  it('goes on where it stopped, to the end, with noise of its own', async () => {
    const path = fresh()
    const begun = await train({ checkpoint: { path, note: 'entry 3' } }, 2)
    expect(begun.map((e) => e.steps)).toEqual([4, 8])
    expect(await readCheckpoint(path)).toMatchObject({ note: 'entry 3', step: 8, steps: 16 })
    const kept = readFileSync(path)
    const ended = await train({ checkpoint: { path } })
    expect(ended.map((e) => [e.epoch, e.steps, e.last])).toEqual([
      [3, 12, false],
      [4, 16, true],
    ])
    const done = await readCheckpoint(path)
    expect(done).toMatchObject({ note: 'entry 3', step: 16, steps: 16 })
    expect(numbers(done!.weights)).toEqual(numbers(ended.at(-1)!.weights))
    // From the same state once more: other samples and other noise, so other weights.
    writeFileSync(path, kept)
    const again = await train({ checkpoint: { path } })
    expect(again.map((e) => e.epoch)).toEqual([3, 4])
    expect(numbers(again[0]!.weights)).not.toEqual(numbers(ended[0]!.weights))
  })

  it('keeps what was seen last: weights and what the optimiser remembers', async () => {
    const path = fresh()
    const [first] = await train({ checkpoint: { path } }, 1)
    const checkpoint = await openCheckpoint({ path }, await termsIn(path))
    expect(numbers(checkpoint.kept!.weights)).toEqual(numbers(first!.weights))
    const moments = numbers(checkpoint.kept!.moments)
    expect(moments.length).toBeGreaterThan(2 * numbers(first!.weights).length)
    expect(moments.some((v) => v !== 0)).toBe(true)
    checkpoint.close()
  })

  it('lets the caller pay where it begins, once, and check where it goes on', async () => {
    const path = fresh()
    let paid = 0
    const note = () => `entry ${++paid}`
    const running = trainPrivately(model, data, { ...settings, checkpoint: { path, note } })
    await running.next()
    // Somebody else has it: nothing is paid.
    await expect(train({ checkpoint: { path, note } })).rejects.toThrow(/cannot be taken/)
    await running.return()
    const goOn = (found: string) => {
      throw new Error(`not ${found}`)
    }
    await expect(train({ checkpoint: { path, note, goOn } })).rejects.toThrow('not entry 1')
    await train({ checkpoint: { path, note } })
    expect(paid).toBe(1)
    // What was paid is not lost where the first epoch does not end.
    const early = fresh()
    const signal = AbortSignal.abort()
    await expect(train({ checkpoint: { path: early, note }, signal })).rejects.toThrow(/stopped/)
    expect(paid).toBe(1)
    const stopping = new AbortController()
    const stopped = () => {
      stopping.abort()
      return note()
    }
    await expect(
      train({ checkpoint: { path: early, note: stopped }, signal: stopping.signal }),
    ).rejects.toThrow(/stopped/)
    expect((await readCheckpoint(early))?.note).toBe('entry 2')
    await train({ checkpoint: { path: early, note } })
    expect(paid).toBe(2)
  })

  it('is one training’s at a time', async () => {
    const path = fresh()
    const running = trainPrivately(model, data, { ...settings, checkpoint: { path } })
    await running.next()
    await expect(train({ checkpoint: { path } })).rejects.toThrow(/cannot be taken/)
    await running.return()
    expect(await train({ checkpoint: { path } }, 1)).toHaveLength(1)
  })

  it('refuses other terms, a training that is done, and a damaged file', async () => {
    const path = fresh()
    await train({ checkpoint: { path } }, 1)
    await expect(train({ checkpoint: { path }, noiseMultiplier: 1 })).rejects.toThrow(
      /another noiseMultiplier/,
    )
    await expect(train({ checkpoint: { path }, batch: 20 })).rejects.toThrow(/training with another/)
    await expect(train({ checkpoint: { path }, clipping: 'automatic' })).rejects.toThrow(/another clipping/)
    const bytes = readFileSync(path)
    for (const at of [0, 40, bytes.length >> 1, bytes.length - 1]) {
      const damaged = Buffer.from(bytes)
      damaged[at]! ^= 1
      writeFileSync(path, damaged)
      await expect(train({ checkpoint: { path } })).rejects.toThrow(/damaged/)
    }
    writeFileSync(path, bytes.subarray(0, bytes.length - 5))
    await expect(train({ checkpoint: { path } })).rejects.toThrow(/damaged/)
    writeFileSync(path, '')
    await expect(train({ checkpoint: { path } })).rejects.toThrow(/damaged/)
    writeFileSync(path, bytes)
    await train({ checkpoint: { path } })
    await expect(train({ checkpoint: { path } })).rejects.toThrow(/is done/)
  })

  it('is over where training led nowhere: saying so is a release, and steps are not taken again', async () => {
    const path = fresh()
    const wild = { optimizer: sgd({ learningRate: 1e308 }), clip: 2 ** 20, checkpoint: { path } }
    await expect(train(wild)).rejects.toThrow(/diverged.*stays spent/)
    await expect(train(wild)).rejects.toThrow(/is done/)
    expect(await readCheckpoint(path)).toMatchObject({ step: 16, steps: 16 })
  })

  it('is its owner’s to read, and says what keeps it from being written', async () => {
    const path = fresh()
    await train({ checkpoint: { path } }, 1)
    expect(statSync(path).mode & 0o777).toBe(0o600)
    await expect(train({ checkpoint: { path: join(folder, 'nowhere', 'c') } })).rejects.toThrow(
      /cannot be taken/,
    )
    await expect(train({ checkpoint: { path: folder } })).rejects.toThrow(/cannot be/)
  })
})

/** The terms that a file says, to open it by. */
async function termsIn(path: string) {
  const text = readFileSync(path, 'latin1')
  const [, escaped] = /"terms":"((?:[^"\\]|\\.)*)"/.exec(text) as unknown as [string, string]
  return JSON.parse(JSON.parse(`"${escaped}"`)) as { steps: number }
}
