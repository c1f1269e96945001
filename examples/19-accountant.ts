// What private training costs, before it is run: noise for an ε, and ε for a noise.

import { epsilonOf, noiseMultiplierFor, sampledGaussianLoss } from 'frostglass/private'

// 60,000 people, batches of 256, fifteen epochs: every step sees a row with this chance.
const [rate, steps, delta] = [256 / 60_000, Math.ceil((15 * 60_000) / 256), 1e-5]
for (const epsilon of [1, 3, 8]) {
  const noise = noiseMultiplierFor({ epsilon, delta, rate, steps })
  console.log(`ε = ${epsilon}: noise of ${noise.toFixed(2)} clipping norms on every sum of gradients`)
}
// Twice the steps cost less than twice the ε.
for (const times of [steps, 2 * steps]) {
  const epsilon = epsilonOf([{ release: sampledGaussianLoss(1, rate), times }], delta)
  console.log(`noise of 1 over ${times} steps: ε = ${epsilon.toFixed(2)}`)
}
