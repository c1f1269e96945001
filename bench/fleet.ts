// Rounds a second of a simulated fleet of tiny models, on one thread and on two, and what 100,000 virtual clients take of memory.
// Source: docs/results/bench.md. Goals are 50 times what Flower 1.41's own simulation did on two quiet cores with the same model,
// 3.2 rounds/s of 100 clients and 0.15 of 1,000: measured at another time, so their ratio to ours is rough.

import { execFile } from 'node:child_process'
import { fileURLToPath } from 'node:url'
import { promisify } from 'node:util'
import { fedAvg } from '../src/fleet/algorithms/fedAvg.ts'
import { simulate } from '../src/fleet/simulation/simulate.ts'
import { median } from '../src/statistics/median.ts'
import type { Context, Goal, Measurement, Row } from './measurement.ts'

const module = new URL('./fleetNodes.ts', import.meta.url)
const script = fileURLToPath(new URL('./fleetMemory.ts', import.meta.url))
const crowd = 100_000
const sizes = [
  { nodes: 100, goal: 160 },
  { nodes: 1000, goal: 7.5 },
] as const

/** What a round is timed by: the clock, or processor time, which other programs change little. */
type Counted = 'clock' | 'processor'

const milliseconds = (counted: Counted): number => {
  if (counted === 'clock') return performance.now()
  const { user, system } = process.cpuUsage()
  return (user + system) / 1000
}

/** Rounds a second, sample by sample, after two rounds that compile and make rows. */
async function speed(nodes: number, workers: number, counted: Counted, samples: number): Promise<number[]> {
  const each = Math.max(5, Math.round(20_000 / nodes))
  const found: number[] = []
  let start = 0
  await simulate({
    algorithm: fedAvg({ rate: 0.1 }),
    fleet: { module, options: { nodes, keep: nodes } },
    weights: new Float64Array(5),
    rounds: 2 + samples * each,
    seed: 1,
    workers,
    onRound({ round }) {
      const done = round - 2
      if (done > 0 && done % each === 0) found.push((each * 1000) / (milliseconds(counted) - start))
      if (done >= 0 && done % each === 0) start = milliseconds(counted)
    },
  })
  return found
}

async function run({ quick, say }: Context): Promise<Row[]> {
  const rows: Row[] = []
  for (const { nodes, goal } of sizes)
    for (const [workers, counted] of [
      [0, 'processor'],
      [0, 'clock'],
      [2, 'clock'],
    ] as const) {
      const samples = await speed(nodes, workers, counted, quick ? 5 : 15)
      rows.push({
        what: `simulated rounds, ${nodes} clients, ${workers === 0 ? 'one thread' : `${workers} worker threads`}`,
        unit: counted === 'clock' ? 'rounds/s' : 'rounds/s of processor time',
        ours: median(samples),
        samples: { Frostglass: samples },
        ...(counted === 'processor' ? { goal: { of: 'ours', bound: 'at least', value: goal } as Goal } : {}),
      })
    }
  say(`fleet: ${crowd.toLocaleString('en')} virtual clients`)
  const { stdout } = await promisify(execFile)(process.execPath, [script, String(crowd)])
  const { peak, seconds } = JSON.parse(stdout) as { peak: number; seconds: number }
  const what = `a round of ${crowd.toLocaleString('en')} virtual clients`
  rows.push(
    {
      what: `${what}: the process at its peak`,
      unit: 'MiB',
      ours: peak,
      goal: { of: 'ours', bound: 'at most', value: 2048 },
    },
    { what, unit: 's', ours: seconds },
  )
  return rows
}

export const fleet: Measurement = {
  name: 'fleet',
  about: 'rounds a second of a simulated fleet, and the memory of 100,000 virtual clients',
  run,
}
