// The small model: a 7-8-3 tanh network on the wheat seeds, Adam 0.1, batches of 10: one step, and five folds.
// Source: SPG section 5.1; the recipe is the demo's own (src/serve), which stops when the training loss stands still.
// Every contender starts a fold from the same weights and rows; orders are its own, so epochs differ a little.

import { readWheat } from '../src/data/index.ts'
import { compile, tensor } from '../src/graph/index.ts'
import { toFloat64 } from '../src/graph/tensor.ts'
import { react } from '../src/learn/callbacks.ts'
import {
  adam,
  argmax,
  categoricalCrossEntropy,
  dense,
  type Fold,
  initialWeights,
  sequential,
} from '../src/learn/index.ts'
import { trainingGraph } from '../src/learn/trainingGraph.ts'
import { shuffle, upTo } from '../src/random/order.ts'
import { seededStream } from '../src/random/seeded.ts'
import { crossValidateRows, foldsOf, paperRecipe, type Rows, rowsOf } from '../src/serve/index.ts'
import { standardise, standardOf } from '../src/serve/tables/features.ts'
import { median } from '../src/statistics/median.ts'
import {
  type Contender,
  type Context,
  compare,
  type Measurement,
  type Row,
  race,
  timed,
} from './measurement.ts'
import type { Arrays } from './models.ts'
import { type Answer, startPeer, withArrays } from './peers.ts'
import { matrix, smallWasm, useWasm } from './tensorflowjs.ts'

const seed = 1
const learningRate = 0.1
const [plateau, stopping] = paperRecipe.callbacks
const recipe = { ...paperRecipe, optimizer: adam({ learningRate }), seed }

const model = sequential(
  [dense({ units: 8, activation: 'tanh', name: 'hidden' }), dense({ units: 3, name: 'output' })],
  { input: [7] },
)

/** What a contender found: epochs of all folds, and right answers on their test parts. */
interface Found {
  readonly epochs: number
  readonly right: number
}

async function run(context: Context): Promise<Row[]> {
  await useWasm()
  const rows = rowsOf(await readWheat(), 'wheat')
  const folds = foldsOf(rows, 5, seed)
  return [...(await oneStep(rows, context)), ...(await fiveFolds(rows, folds, context))]
}

async function oneStep(rows: Rows, { quick }: Context): Promise<Row[]> {
  const arrays = foldArrays(rows, foldsOf(rows, 5, seed))
  const weights = initialWeights(model, seed)
  const step = trainingGraph(model, weights, {
    loss: categoricalCrossEntropy,
    optimizer: adam({ learningRate }),
    dtype: 'float64',
  })
  const program = await compile(step.graph, { executor: 'plain' })
  const x = arrays['fold0.x']!.data.slice(0, 70)
  const hot = new Float32Array(30).map((_, i) => (i % 3 === rows.y[Math.floor(i / 3)] ? 1 : 0))
  const feeds = {
    input: tensor(toFloat64(tensor(x, [10, 7])), [10, 7], 'float64'),
    target: tensor(toFloat64(tensor(hot, [10, 3])), [10, 3], 'float64'),
  }
  const wasm = smallWasm(arrays, 'fold0.', learningRate)
  const input = matrix(Float32Array.from(x as Float32Array), [10, 7])
  const target = matrix(hot, [10, 3])
  const microseconds = async (count: number, once: () => void): Promise<number> => {
    const start = performance.now()
    for (let i = 0; i < count; i++) once()
    return ((performance.now() - start) / count) * 1e3
  }
  const samples = await race(
    [
      {
        name: 'Frostglass',
        sample: () => microseconds(20_000, () => void program.run(feeds)),
        close: () => program.close(),
      },
      {
        name: 'TensorFlow.js',
        sample: () => microseconds(100, () => void wasm.step(input, target)),
        close: async () => wasm.close(),
      },
    ],
    { rounds: quick ? 7 : 21, warmUp: 2 },
  )
  return compare('one step of 7-8-3, batch 10', 'µs', samples)
}

async function fiveFolds(rows: Rows, folds: readonly Fold[], context: Context): Promise<Row[]> {
  const arrays = foldArrays(rows, folds)
  const found = new Map<string, Found>()
  const keep = (name: string, work: () => Promise<Found>): Contender => ({
    name,
    sample: () => timed(1, async () => found.set(name, await work())),
    close: async () => {},
  })
  const contenders: Contender[] = [
    keep('Frostglass', async () => {
      const outcomes = await crossValidateRows(rows, folds, recipe)
      return {
        epochs: outcomes.reduce((sum, o) => sum + o.epochs, 0),
        right: Math.round(outcomes.reduce((sum, o, i) => sum + (o.accuracy ?? 0) * folds[i]!.test.length, 0)),
      }
    }),
    keep('TensorFlow.js', async () => wasmFolds(rows, folds, arrays)),
  ]
  const measure = async (): Promise<Row[]> => {
    const samples = await race(contenders, { rounds: context.quick ? 3 : 7 })
    const note = [...found]
      .map(([name, f]) => `${name} ${f.epochs} epochs, ${f.right} of 210 right`)
      .join('; ')
    const row: Row = {
      what: 'five folds to early stopping',
      unit: 'ms',
      ours: median(samples['Frostglass']!),
      goal: { of: 'ours', bound: 'at most', value: 300 },
      note,
    }
    const floor = { of: 'ratio', bound: 'at most', value: 0.1 } as const
    return [row, ...compare('five folds to early stopping', 'ms', samples, { PyTorch: floor })]
  }
  if (!context.peers) return measure()
  return withArrays(arrays, async (folder) => {
    const peer = async (name: 'torch' | 'tensorflow', label: string, some: readonly number[]) => {
      const job = { job: 'small', folder, settings, folds: some }
      const started = await startPeer(name, label, job)
      const scale = folds.length / some.length
      contenders.push({
        name: label,
        async sample() {
          const answer: Answer = await started.ask()
          found.set(label, {
            epochs: (answer['epochs'] as number) * scale,
            right: (answer['right'] as number) * scale,
          })
          return (answer['ms'] as number) * scale
        },
        close: started.close,
      })
    }
    try {
      context.say('starting the peers')
      await peer('torch', 'PyTorch', [0, 1, 2, 3, 4])
      await peer('tensorflow', 'Keras (one fold, times five)', [0])
      return await measure()
    } finally {
      for (const c of contenders) await c.close()
    }
  })
}

const settings = {
  learningRate,
  batch: recipe.batch,
  epochs: recipe.epochs,
  factor: plateau.factor,
  plateauPatience: plateau.patience,
  plateauDelta: plateau.minDelta,
  least: plateau.minLearningRate,
  minDelta: stopping.minDelta,
  patience: stopping.patience,
}

/** Each fold's standardised rows and first weights, and which fold tests each row. */
function foldArrays(rows: Rows, folds: readonly Fold[]): Arrays {
  const count = rows.y.length
  const fold = new Float32Array(count)
  const arrays: [string, Arrays[string]][] = []
  folds.forEach(({ train, test }, i) => {
    for (const row of test) fold[row] = i
    const x = standardise(rows.x, standardOf(rows.x, rows.width, train))
    arrays.push([`fold${i}.x`, tensor(Float32Array.from(x), [count, rows.width])])
    for (const [name, w] of Object.entries(initialWeights(model, seed + i)))
      arrays.push([`fold${i}.${name}`, tensor(Float32Array.from(toFloat64(w)), w.shape)])
  })
  return Object.fromEntries([
    ...arrays,
    ['labels', tensor(Float32Array.from(rows.y), [count])],
    ['fold', tensor(fold, [count])],
  ])
}

function wasmFolds(rows: Rows, folds: readonly Fold[], arrays: Arrays): Found {
  let epochs = 0
  let right = 0
  folds.forEach(({ train, test }, i) => {
    const all = arrays[`fold${i}.x`]!.data as Float32Array
    const pick = (which: Int32Array) => {
      const x = new Float32Array(which.length * 7)
      const hot = new Float32Array(which.length * 3)
      which.forEach((row, at) => {
        x.set(all.subarray(row * 7, row * 7 + 7), at * 7)
        hot[at * 3 + rows.y[row]!] = 1
      })
      return [matrix(x, [which.length, 7]), matrix(hot, [which.length, 3])] as const
    }
    const network = smallWasm(arrays, `fold${i}.`, learningRate)
    const states = recipe.callbacks.map(
      () => ({ best: null, wait: 0, cooldown: 0 }) as Parameters<typeof react>[1],
    )
    let rate = learningRate
    for (let epoch = 1, stop = false; epoch <= recipe.epochs && !stop; epoch++) {
      epochs++
      const order = shuffle(upTo(train.length), seededStream(seed, 'tensorflowjs', epoch))
      let total = 0
      for (let at = 0; at < train.length; at += recipe.batch) {
        const batch = order.subarray(at, at + recipe.batch).map((j) => train[j]!)
        const [x, target] = pick(batch)
        total += network.step(x, target) * batch.length
        x.dispose()
        target.dispose()
      }
      recipe.callbacks.forEach((callback, k) => {
        const reaction = react(callback, states[k]!, epoch, { loss: total / train.length }, rate)
        states[k] = reaction.state
        rate = reaction.learningRate
        stop ||= reaction.stop
      })
      network.setRate(rate)
    }
    const [x, target] = pick(test)
    const answers = argmax(network.predict(x), 3)
    right += answers.filter((answer, at) => answer === rows.y[test[at]!]).length
    x.dispose()
    target.dispose()
    network.close()
  })
  return { epochs, right }
}

export const small: Measurement = {
  name: 'small',
  about: 'the 7-8-3 network: one step, and five folds to early stopping',
  run,
}
