// Prints the table of docs/private.md, "Accounting": ε of private training by two accountants.
// Source: src/private/accounting. `node scripts/accounting.ts`, half a minute.
// Upper bounds at δ = 1e-5, for Poisson samples and rows added or removed; rounded up in the last digit.

import { epsilonOf, renyiToEpsilon, sampledGaussianCurve, sampledGaussianLoss } from '../src/private/index.ts'

const delta = 1e-5
const steps = [1000, 5000, 14062]
const up = (epsilon: number) => (Math.ceil(epsilon * 1e3) / 1e3).toFixed(3)

console.log(`| σ | q | ${steps.map((k) => `${k.toLocaleString('en')} steps`).join(' | ')} |`)
console.log(`| --- | --- |${' --- |'.repeat(steps.length)}`)
for (const sigma of [0.7, 1, 1.1, 1.3])
  for (const rate of [0.001, 0.004267, 0.01]) {
    const cells = steps.map((times) => {
      const tight = epsilonOf([{ release: sampledGaussianLoss(sigma, rate), times }], delta)
      const renyi = renyiToEpsilon(sampledGaussianCurve(sigma, rate, times), delta).epsilon
      return `**${up(tight)}** (${up(renyi)})`
    })
    console.log(`| ${sigma.toFixed(1)} | ${rate} | ${cells.join(' | ')} |`)
  }
