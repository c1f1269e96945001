// Both attacks on the weights of BFV answers, whole: 121 pixels, ten outputs, 1,210 weights, end to end.

import { expect, it } from 'vitest'
import { weightsByForgedKeys } from './weightsByForgedKeys.ts'
import { weightsInAnswers } from './weightsInAnswers.ts'

for (const exhibit of [weightsInAnswers, weightsByForgedKeys])
  it(`${exhibit.name}: 1,210 of 1,210 weights before, none today`, async () => {
    const [before, today] = [await exhibit.run('before'), await exhibit.run('today')]
    expect([before.measured, today.measured]).toEqual([1, 0])
  })
