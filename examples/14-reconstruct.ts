// Why an obfuscator hides nothing from who has it: a network learns the way back, from images of the adversary's own.

import { trainRecNet } from 'frostglass/audit'
import { readDigits, takeImages } from 'frostglass/data'
import { tensor } from 'frostglass/graph'
import { dense, flatten, reshapeTo } from 'frostglass/learn'
import { trainClassifier, trainObfuscator } from 'frostglass/protect'

const digits = await readDigits()
const some = takeImages(
  digits.train,
  Int32Array.from({ length: 1000 }, (_, i) => i),
)
const { pixels } = takeImages(digits.test, Int32Array.of(0))
const recipe = { epochs: 3, batch: 50, seed: 1 }
const service = await trainClassifier(some, { ...recipe, architecture: [flatten(), dense({ units: 10 })] })
const layers = [
  flatten(),
  dense({ units: 64, activation: 'relu' }),
  dense({ units: 784 }),
  reshapeTo([1, 28, 28]),
]
const { pane } = await trainObfuscator(service, some, { ...recipe, layers })

const leaves = async (raw: Uint8Array) => tensor(await pane.protect(raw), [raw.length / 784, 1, 28, 28])
const network = { shape: 'dense', bottleneck: 128, epochs: 6, seed: 1 } as const
const attack = await trainRecNet(await leaves(some.pixels), some, network)
const seen = await attack.reconstruct(await leaves(pixels))
await pane.close()

const line = (image: Uint8Array, y: number) =>
  Array.from(image.subarray(28 * y, 28 * y + 28), (grey) => ' .:+#'[Math.floor(grey / 52)]).join('')
for (let y = 0; y < 28; y += 2) console.log(`${line(pixels, y)} | ${line(seen, y)}`)
console.log('left: the digit that was obfuscated; right: what the attacker draws of what left')
