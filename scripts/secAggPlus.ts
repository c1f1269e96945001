// Measures the break of Flower's SecAgg+ over all 2^28 seeds, on rounds that Flower's own code made, and writes what it took.
// Usage: node scripts/secAggPlus.ts [docs/results/fleet/secagg_plus.json]; two minutes on two cores, 3 GiB.
// Times are those of this machine and of what else ran on it.
import { mkdirSync, writeFileSync } from 'node:fs'
import { availableParallelism, cpus, loadavg } from 'node:os'
import { dirname } from 'node:path'
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
  for (const { id, seen, secret } of nodes)
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
console.log(`two nodes: ${pair.seconds} s`, read(golden.two, pair.found.vectors))
const table = await timed(() => seedTable())
console.log(`the table: ${table.seconds} s`)
const circles = []
for (const name of ['three', 'ring'] as const) {
  const { found, seconds } = await timed(() => openCircle(seenOf(golden[name]), table.found))
  const told = read(golden[name], found.vectors)
  console.log(`${golden[name].nodes.length} nodes, two neighbours each: ${seconds} s`, told)
  const { tried, pairs } = found
  circles.push({
    nodes: golden[name].nodes.length,
    neighbours: 2,
    pairsTried: tried,
    pairsLeft: pairs,
    ...told,
    seconds,
  })
}
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
    ...read(golden.two, pair.found.vectors),
    seedsLeft: pair.found.left,
    seedsFitting: pair.found.seeds.length,
    seconds: pair.seconds,
  },
  table: { bytes: 10 * seedCount, seconds: table.seconds },
  circles,
}
mkdirSync(dirname(target), { recursive: true })
writeFileSync(target, `${JSON.stringify(result, null, 2)}\n`)
