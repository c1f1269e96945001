// Measures what a fleet learns of adult-numeric when whole tables are hidden: noise of the sum, of each node, and none; and
// what two nodes learn that hide single rows.
// Usage: node scripts/fleetSumNoise.ts [docs/results/fleet/sum_noise.json]; some minutes on two cores.
// Nodes are simulated in one process: clip, grid, noise and mean are the product's, masks are left out, since a sum has none of them.
import { mkdirSync, readFileSync, writeFileSync } from 'node:fs'
import { availableParallelism, loadavg } from 'node:os'
import { dirname } from 'node:path'
import { embeddedPath } from '../src/data/embedded.ts'
import { plus } from '../src/fleet/algorithms/fedAvg.ts'
import { gridFor, meanOf, numbersOf, sumLength } from '../src/fleet/coordinator/secureTerms.ts'
import { withNoise } from '../src/fleet/coordinator/sharedNoise.ts'
import { sharedTerms } from '../src/fleet/coordinator/sharingNode.ts'
import { termsOf } from '../src/fleet/flower/joinFleet.ts'
import { fromVector, layoutOfModel, weightsToVector } from '../src/fleet/layout.ts'
import { openTrainer } from '../src/fleet/learner/trainer.ts'
import { addNoise, updateNoise, wholeUpdate } from '../src/fleet/privacy/updateNoise.ts'
import { seededSource } from '../src/fleet/simulation/seededSource.ts'
import { tensor } from '../src/graph/index.ts'
import { dense, initialWeights, sequential, sgd } from '../src/learn/index.ts'
import { trainPrivately } from '../src/private/index.ts'
import { drawDiscreteGaussian } from '../src/private/mechanisms/exactRandom.ts'
import { shuffle, upTo } from '../src/random/order.ts'
import { seededStream } from '../src/random/seeded.ts'

const target = process.argv[2] ?? 'docs/results/fleet/sum_noise.json'
const local = { rate: 0.5, epochs: 5, batch: 16 }
const [seeds, held, epsilon, delta] = [5, 400, 3, 1e-5]

// Columns and bounds as their owner states them: of what census forms ask, not of these rows.
const bounds = [
  [17, 90],
  [0, 1_500_000],
  [1, 16],
  [0, 100_000],
  [0, 4500],
  [1, 99],
] as const
const table = readFileSync(embeddedPath('adult-numeric'), 'utf8').trim().split('\n').slice(1)
const cells = table.map((line) => line.split(','))
const model = sequential([dense({ units: 8, activation: 'tanh' }), dense({ units: 2 })], { input: [6] })
const trainer = await openTrainer(model, { loss: 'categoricalCrossEntropy', threads: 1, batch: local.batch })

/** Rows by number, as learning takes them. */
function rowsOf(rows: Int32Array) {
  const x = Float64Array.from(
    [...rows].flatMap((row) => bounds.map(([low, high], j) => scaled(row, j, low, high))),
  )
  const y = Float64Array.from(
    [...rows].flatMap((row) => (cells[row]![6]!.includes('>50K') ? [0, 1] : [1, 0])),
  )
  return { x: tensor(x, [rows.length, 6], 'float64'), y: tensor(y, [rows.length, 2], 'float64') }
}
const scaled = (row: number, j: number, low: number, high: number): number =>
  Math.min(1, Math.max(-1, (2 * (Number(cells[row]![j]) - low)) / (high - low) - 1))

type How = 'sum' | 'local' | 'none'

/** Share of held rows that are right after the rounds. */
async function accuracyOf(
  how: How,
  nodes: number,
  rounds: number,
  clip: number,
  seed: number,
): Promise<number> {
  const order = shuffle(upTo(cells.length), seededStream(seed, 'rows'))
  const [test, train] = [order.slice(0, held), order.slice(held)]
  const size = Math.floor(train.length / nodes)
  const learners = Array.from({ length: nodes }, (_, i) =>
    trainer.learner(rowsOf(train.slice(i * size, (i + 1) * size))),
  )
  const budget = { epsilon, delta, rounds, composition: 'renyi' } as const
  const { noiseMultiplier } = sharedTerms(clip, budget)
  const alone = updateNoise(clip, noiseMultiplier)
  const tenth = Math.floor(nodes / 10)
  const plain = {
    vectors: ['update'],
    size: trainer.layout.size,
    limit: clip,
    mostExamples: null,
    noised: null,
  }
  const { terms, setup } = withNoise(
    plain,
    {
      session: new Uint8Array(32),
      purpose: new Uint8Array(32),
      round: 1,
      population: Array.from({ length: nodes }, (_, i) => ({ name: `${i}`, identity: new Uint8Array(32) })),
      server: 'active',
      corrupted: tenth,
      dropouts: tenth,
      fewest: nodes,
      length: sumLength(plain),
      bits: 32,
      range: 1n,
      privacy: 40,
      delivery: 20,
    },
    { multiplier: noiseMultiplier, clip },
  )
  const grid = gridFor(terms, nodes, 32)
  let weights = weightsToVector(initialWeights(model, seed), trainer.layout)
  for (let round = 1; round <= rounds; round++) {
    const sum = new Float64Array(weights.length)
    for (const [i, learner] of learners.entries()) {
      const random = seededStream(seed, `${how} ${round} ${i}`)
      const trained = await learner.train(weights, { ...local, random })
      const update = plus(trained.weights, weights, -1)
      const noise = seededSource(seed, `noise ${how} ${round}`, i)
      if (how === 'local') {
        const whole = wholeUpdate(update, alone)
        addNoise(whole, alone, noise)
        for (const [j, k] of whole.entries()) sum[j]! += k * 2 ** alone.exponent
      } else {
        const whole = numbersOf({ vectors: { update }, examples: 1, metrics: {} }, terms, grid, 32)
        for (let j = 0; j < sum.length; j++)
          sum[j]! +=
            Number(whole[j]!) + (how === 'sum' ? Number(drawDiscreteGaussian(setup.noise!, noise)) : 0)
      }
    }
    const mean =
      how === 'local'
        ? sum.map((value) => value / nodes)
        : meanOf(Int32Array.from(sum), nodes, terms, grid).vectors['update']!
    weights = plus(weights, mean)
  }
  return (await trainer.learner(rowsOf(test)).measure(weights)).accuracy!
}

const rowRounds = 3

/** The same of nodes that hide single rows by private training, as `fleet join --unit row` does. */
async function rowAccuracyOf(nodes: number, clip: number, seed: number) {
  const order = shuffle(upTo(cells.length), seededStream(seed, 'rows'))
  const [test, train] = [order.slice(0, held), order.slice(held)]
  const size = Math.floor(train.length / nodes)
  const parts = Array.from({ length: nodes }, (_, i) => rowsOf(train.slice(i * size, (i + 1) * size)))
  const budget = { epsilon, delta, rounds: rowRounds, composition: 'renyi' } as const
  const { noiseMultiplier } = termsOf(
    { unit: 'row', clip, clipping: 'flat' },
    { data: parts[0]!, own: local },
    budget,
  )
  const layout = layoutOfModel(model)
  let weights = weightsToVector(initialWeights(model, seed), layout)
  for (let round = 1; round <= rowRounds; round++) {
    const sum = new Float64Array(weights.length)
    for (const part of parts)
      for await (const epoch of trainPrivately(model, part, {
        ...local,
        clip,
        clipping: 'flat',
        noiseMultiplier,
        delta,
        loss: 'categoricalCrossEntropy',
        optimizer: sgd({ learningRate: local.rate }),
        weights: Object.fromEntries(fromVector(weights, layout)),
      }))
        if (epoch.last) for (const [j, w] of weightsToVector(epoch.weights(), layout).entries()) sum[j]! += w
    weights = sum.map((w) => w / nodes)
  }
  return { noiseMultiplier, accuracy: (await trainer.learner(rowsOf(test)).measure(weights)).accuracy! }
}

const begun = performance.now()
const load = loadavg()[0]!
const entries = []
for (const rounds of [3, 10])
  for (const clip of [0.3, 1])
    for (const nodes of [10, 50, 100, 500])
      for (const how of ['sum', 'local', 'none'] as const) {
        const accuracies: number[] = []
        for (let seed = 0; seed < seeds; seed++)
          accuracies.push(await accuracyOf(how, nodes, rounds, clip, seed))
        const mean = accuracies.reduce((a, b) => a + b) / seeds
        const { noiseMultiplier } = sharedTerms(clip, { epsilon, delta, rounds, composition: 'renyi' })
        entries.push({ rounds, clip, nodes, noise: how, noiseMultiplier, mean, accuracies })
        console.log(rounds, clip, nodes, how, mean.toFixed(3), accuracies.join(' '))
      }
const byRows = []
for (const nodes of [2, 10]) {
  const found = []
  for (let seed = 0; seed < seeds; seed++) found.push(await rowAccuracyOf(nodes, 0.5, seed))
  const accuracies = found.map(({ accuracy }) => accuracy)
  const mean = accuracies.reduce((a, b) => a + b) / seeds
  byRows.push({
    rounds: rowRounds,
    clip: 0.5,
    nodes,
    noiseMultiplier: found[0]!.noiseMultiplier,
    mean,
    accuracies,
  })
  console.log('rows', nodes, mean.toFixed(3), accuracies.join(' '))
}
await trainer.close()
const majority = cells.filter((row) => row[6]!.includes('<=')).length / cells.length
const found = {
  what: 'accuracy on held-out rows of a fleet whose nodes hide whole tables (any other in its place): noise of the sum (a share of each node), of each node by itself, and clipping alone',
  command: 'node scripts/fleetSumNoise.ts',
  date: new Date().toISOString().slice(0, 10),
  node: process.version,
  cores: availableParallelism(),
  loadBefore: load,
  seconds: Math.round((performance.now() - begun) / 100) / 10,
  table: 'adult-numeric: 1,600 rows cut evenly among the nodes, 400 held out; a network of 74 weights',
  majority,
  epsilon,
  delta,
  corruptedAndDropoutsAllowedFor:
    'a tenth of the nodes each; nobody drops out, so that the sum has more noise than is priced',
  seeds: Array.from({ length: seeds }, (_, seed) => seed),
  local,
  searched: 'nothing: one rate, one number of passes, two clipping lengths',
  entries,
  byRows: { noise: 'of the system: not the same in another run', entries: byRows },
}
mkdirSync(dirname(target), { recursive: true })
writeFileSync(target, `${JSON.stringify(found, undefined, 1)}\n`)
