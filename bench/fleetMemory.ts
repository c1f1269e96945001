// Simulates three rounds of 100,000 virtual clients and prints, as JSON, the process' peak in MiB and a round's seconds.
// Source: fleet.ts starts it.

import { fedAvg } from '../src/fleet/algorithms/fedAvg.ts'
import { simulate } from '../src/fleet/simulation/simulate.ts'
import { openFleet } from './fleetNodes.ts'

const rounds = 3
const start = performance.now()
await simulate({
  algorithm: fedAvg({ rate: 0.1 }),
  fleet: await openFleet({ nodes: Number(process.argv[2]), keep: 0 }),
  weights: new Float64Array(5),
  rounds,
  seed: 1,
})
const seconds = (performance.now() - start) / 1000 / rounds
process.stdout.write(JSON.stringify({ peak: process.resourceUsage().maxRSS / 1024, seconds }))
