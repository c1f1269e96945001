// The device's side: load a pane from its file, protect an image, ask a service over HTTP, decode the answer.

import { ask, connect, openEdgePane } from '@frostglass/edge'
import { readDigits, takeImages } from 'frostglass/data'
import { dense, flatten, reshapeTo } from 'frostglass/learn'
import { trainClassifier, trainObfuscator } from 'frostglass/protect'
import { startService } from 'frostglass/serve/v2'

const digits = await readDigits()
const some = takeImages(
  digits.train,
  Int32Array.from({ length: 1000 }, (_, i) => i),
)
const recipe = { epochs: 3, batch: 50, seed: 1 }
const classifier = await trainClassifier(some, { ...recipe, architecture: [flatten(), dense({ units: 10 })] })
const layers = [
  flatten(),
  dense({ units: 32, activation: 'relu' }),
  dense({ units: 784 }),
  reshapeTo([1, 28, 28]),
]
const { pane: trained } = await trainObfuscator(classifier, some, { ...recipe, layers })
await trained.close()

// The service has the classifier and nothing else; the device has the pane's bytes and the address.
const running = await startService({ models: [{ name: 'digits', bytes: classifier.onnx }], port: 0 })
const pane = await openEdgePane(trained.onnx)
const service = await connect(running.url, 'digits')
const image = takeImages(digits.test, Int32Array.of(0))
const { decoded, sentBytes } = await ask(pane, service, image.pixels)
console.log(
  `sent ${sentBytes} bytes; the service says ${decoded[0]!.label}, the digit is ${image.labels!.of[0]}`,
)
await pane.close()
await running.close()
