// Prints the table of docs/reference/accounting.md: ε of private training by two accountants, and what each row took.
// Source: src/private/accounting. `node scripts/accounting.ts`; with --json, prices over a wide grid for scripts/accounting_check.py.
// Upper bounds at δ = 1e-5, for Poisson samples and rows added, removed or left empty; rounded up in the last digit.

import { epsilonOf, renyiToEpsilon, sampledGaussianCurve, sampledGaussianLoss } from '../src/private/index.ts'

function priced(sigma: number, rate: number, times: number, delta: number) {
  const start = process.cpuUsage()
  const epsilon = epsilonOf([{ release: sampledGaussianLoss(sigma, rate), times }], delta)
  const { user, system } = process.cpuUsage(start)
  return { sigma, rate, times, delta, epsilon, seconds: (user + system) / 1e6 }
}

if (process.argv.includes('--json')) printGrid()
else printTable()

function printTable(): void {
  const delta = 1e-5
  const steps = [1000, 5000, 14062]
  const up = (epsilon: number) => (Math.ceil(epsilon * 1e3) / 1e3).toFixed(3)
  let most = 0
  console.log(`| σ | q | ${steps.map((k) => `${k.toLocaleString('en')} steps`).join(' | ')} |`)
  console.log(`| --- | --- |${' --- |'.repeat(steps.length)}`)
  for (const sigma of [0.7, 1, 1.1, 1.3])
    for (const rate of [0.001, 0.004267, 0.01]) {
      const cells = steps.map((times) => {
        const { epsilon, seconds } = priced(sigma, rate, times, delta)
        most = Math.max(most, seconds)
        const renyi = renyiToEpsilon(sampledGaussianCurve(sigma, rate, times), delta).epsilon
        return `**${up(epsilon)}** (${up(renyi)})`
      })
      console.log(`| ${sigma.toFixed(1)} | ${rate} | ${cells.join(' | ')} |`)
    }
  console.error(`at most ${most.toFixed(2)} s of processor a cell`)
}

/** 350 rows: from one release to a million, from every row in the batch to one in a million. */
function printGrid(): void {
  const rows = []
  for (const sigma of [0.5, 0.7, 1, 2, 10])
    for (const rate of [1e-6, 1e-5, 1e-4, 1e-3, 0.01, 0.1, 1])
      for (const times of [1, 30, 1000, 14062, 1_000_000])
        for (const delta of [1e-5, 1e-9]) rows.push(priced(sigma, rate, times, delta))
  console.log(JSON.stringify(rows))
}
