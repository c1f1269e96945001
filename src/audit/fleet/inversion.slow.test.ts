// A digit comes back out of one plain gradient, and none out of one behind the noise of ε = 8 (Geiping et al. 2020; Zhu et al. 2019).

import { expect, it } from 'vitest'
import { tensor } from '../../graph/index.ts'
import { conv2d, dense, flatten, initialWeights, seededStream, sequential } from '../../learn/index.ts'
import { noiseMultiplierFor } from '../../private/index.ts'
import { metricOf } from '../finding.ts'
import { inversion } from './inversion.ts'
import { takeLabelled } from './send.ts'
import { digitRows, evidenceFrom } from './testing.ts'

const sigmoid = (stride: number) =>
  conv2d({ filters: 12, kernel: 5, stride, padding: [2, 2], activation: 'sigmoid' })
const image = [1, 28, 28] as const
const lenet = sequential([sigmoid(2), sigmoid(2), sigmoid(1), flatten(), dense({ units: 10 })], {
  input: image,
})
const draw = seededStream(9, 'weights')
// Uniform in ±1/2, as Zhu et al. draw them.
const weights = Object.fromEntries(
  Object.entries(initialWeights(lenet, 1)).map(([name, { data, shape }]) => [
    name,
    tensor(
      Float64Array.from({ length: data.length }, () => draw.uniform() - 0.5),
      shape,
      'float64',
    ),
  ]),
)

it('redraws digits from plain and cut off gradients of the LeNet of Zhu et al., and not behind ε = 8', async () => {
  const digits = takeLabelled(await digitRows('test'), Int32Array.of(7, 341, 902))
  const noise = noiseMultiplierFor({ epsilon: 8, delta: 1e-5, rate: 0.1, steps: 100 })
  const got = async (facts: object) => {
    const evidence = await evidenceFrom(lenet, digits, facts, 3, { image, domain: [0, 1], weights })
    return metricOf(await inversion.run(evidence, { seed: 1, effort: 'full' }), 'ssim')
  }
  expect((await got({})).value).toBeGreaterThan(0.9)
  expect((await got({ clip: 0.1 })).value).toBeGreaterThan(0.9)
  const noisy = await got({ clip: 1, noise })
  expect(noisy.value).toBeLessThan(noisy.chance)
})
