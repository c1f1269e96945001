// A learned obfuscator: a small network before a classifier that stays as it is, and answers raw and obfuscated digits alike.

import { readDigits, takeImages } from 'frostglass/data'
import { dense, flatten, reshapeTo } from 'frostglass/learn'
import { measureService, trainClassifier, trainObfuscator } from 'frostglass/protect'

// A tiny round: 1,500 digits, a few epochs. `frostglass obfuscate` takes all of them, and the papers' networks.
const { train, test } = await readDigits()
const some = takeImages(
  train,
  Int32Array.from({ length: 1500 }, (_, i) => i),
)
const recipe = { epochs: 4, batch: 50, seed: 1, test }
const hidden = (units: number) => dense({ units, activation: 'relu' })

const architecture = [flatten(), hidden(64), dense({ units: 10 })]
const service = await trainClassifier(some, { ...recipe, architecture })
const layers = [flatten(), hidden(32), dense({ units: 784 }), reshapeTo([1, 28, 28])]
const { pane } = await trainObfuscator(service, some, { ...recipe, layers })

const { accuracy } = await measureService(service, { pane, set: test })
console.log(`the service is right on ${(100 * service.accuracy).toFixed(0)}% of raw digits`)
console.log(`and on ${(100 * accuracy).toFixed(0)}% of obfuscated ones`)
console.log(pane.card.givesAway)
await pane.close()
