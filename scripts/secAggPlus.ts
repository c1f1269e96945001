// Measures the break of Flower's SecAgg+ over all 2^28 seeds, on rounds that Flower's own code made, and writes what it took.
// Usage: node scripts/secAggPlus.ts [docs/results/fleet/secagg_plus.json]; five minutes on two cores, 3 GiB.
// Times are those of this machine and of what else ran on it.
import { mkdirSync, writeFileSync } from 'node:fs'
import { availableParallelism, cpus, loadavg } from 'node:os'
import { dirname } from 'node:path'
import { foldedSeeds } from '../src/audit/exhibits/foldedSeeds.ts'
import { openCircle } from '../src/audit/exhibits/secAggPlus/circleSearch.ts'
import { openPair } from '../src/audit/exhibits/secAggPlus/pairSearch.ts'
import { seedCount } from '../src/audit/exhibits/secAggPlus/seedSpace.ts'
import { seedTable } from '../src/audit/exhibits/secAggPlus/seedTable.ts'
import { type GoldenRound, golden, seenOf } from '../src/audit/exhibits/secAggPlus/testing.ts'
import { weightOf } from '../src/audit/exhibits/secAggPlus/vector.ts'

const target = process.argv[2] ?? 'docs/results/fleet/secagg_plus.json'
const timed = async <T>(work: () => Promise<T>) => {
  const start = performance.now()
  const found = await work()
  return { found, seconds: Math.round((performance.now() - start) / 100) / 10 }
}
/** How many of the nodes' secret numbers, weights among them, a search told, and how many there are. */
function read({ nodes, settings }: GoldenRound, vectors: ReadonlyMap<number, Uint32Array>) {
  const { settings: ours } = seenOf({ nodes, settings, mean: [] })
  let [right, wrong, all] = [0, 0, 0]
  for (const { id, seen, secret } of nodes.filter(({ seen }) => seen.masked.length > 0))
    for (const [i, x] of [weightOf(seen.examples, ours), ...secret.quantised].entries()) {
      const told = vectors.get(id)?.[i]
      all++
      if (told === x) right++
      else if (told !== undefined) wrong++
    }
  return { entries: all, right, wrong }
}

const load = loadavg()[0]!
const pair = await timed(() => openPair(seenOf(golden.two)))
const pairVectors = new Map(golden.two.nodes.map(({ id }, i) => [id, pair.found.vectors[i]!]))
console.log(`two nodes: ${pair.seconds} s`, read(golden.two, pairVectors))
const table = await timed(() => seedTable())
console.log(`the table: ${table.seconds} s`)
const circles = []
for (const name of ['three', 'dropped', 'ring'] as const) {
  const { found, seconds } = await timed(() => openCircle(seenOf(golden[name]), table.found))
  const told = read(golden[name], found.vectors)
  console.log(`${golden[name].nodes.length} nodes, two neighbours each: ${seconds} s`, told)
  const { tried, pairs } = found
  circles.push({
    round: name,
    nodes: golden[name].nodes.length,
    neighbours: 2,
    pairsTried: tried,
    pairsLeft: pairs,
    ...told,
    seconds,
  })
}
// The same search under our own masks: it must find nothing, and proves nothing by that.
const control = await timed(() => foldedSeeds.run('today'))
console.log(`our own masks: ${control.seconds} s`, control.found)

const result = {
  what: 'SecAgg+ of Flower laid open by a server that follows the protocol; rounds of its own client and server',
  command: 'node scripts/secAggPlus.ts',
  date: new Date().toISOString().slice(0, 10),
  flwr: golden.flwr,
  node: process.version,
  cores: availableParallelism(),
  processor: cpus()[0]!.model,
  loadBefore: Math.round(load * 10) / 10,
  seeds: seedCount,
  two: {
    ...read(golden.two, pairVectors),
    seedsLeft: pair.found.left,
    seedsFitting: pair.found.seeds.length,
    seconds: pair.seconds,
  },
  table: { bytes: 10 * seedCount, seconds: table.seconds },
  circles,
  ours: { read: control.found.measured, seconds: control.seconds },
  loadAfter: Math.round(loadavg()[0]! * 10) / 10,
  peakBytes: 1024 * process.resourceUsage().maxRSS,
}
mkdirSync(dirname(target), { recursive: true })
writeFileSync(target, `${JSON.stringify(result, null, 2)}\n`)
