// Trains the pane that the page shows a first visitor while its own are trained, and writes it to src/demo/first.
// Source: the networks of src/demo/galleryTraining.ts, small: an eight-filter classifier, a pane and an attack of sixteen units.
// Weights are rounded to a few levels so that the package can hold them; what is told was measured after that rounding.
//
//   node scripts/firstPane.ts [folder]

import { mkdirSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { gzipSync } from 'node:zlib'
import { create, fromBinary, toBinary } from '@bufbuild/protobuf'
import { similarityMeasures } from '../src/audit/images/similarity.ts'
import { imageSimilarity, trainRecNet } from '../src/audit/index.ts'
import type { ImageSet } from '../src/data/index.ts'
import { openDigits } from '../src/demo/galleryDigits.ts'
import type { GalleryPane, Likeness } from '../src/demo/galleryIndex.ts'
import { meanPictures } from '../src/demo/galleryTraining.ts'
import { tensor } from '../src/graph/index.ts'
import { loadRuntime } from '../src/graph/native/runtime.ts'
import {
  ModelProtoSchema,
  NodeProtoSchema,
  type TensorProto,
  TensorProto_DataType,
  TensorProtoSchema,
} from '../src/graph/onnx/onnx_pb.js'
import { conv2d, dense, flatten } from '../src/learn/index.ts'
import { trainClassifier, trainObfuscator } from '../src/protect/index.ts'

const folder = process.argv[2] ?? new URL('../src/demo/first', import.meta.url).pathname
const units = 16
const seed = 7

/** A file whose matrices are whole numbers from −levels to levels, by a scale of their own, undone by DequantizeLinear. */
function rounded(onnx: Uint8Array, levels: number): Uint8Array {
  const model = fromBinary(ModelProtoSchema, onnx)
  const graph = model.graph!
  const nodes: (typeof graph)['node'] = []
  graph.initializer = graph.initializer.flatMap((weight): TensorProto[] => {
    const values = new Float32Array(weight.rawData.slice().buffer)
    if (weight.dataType !== TensorProto_DataType.FLOAT || values.length < 256) return [weight]
    // Beyond four deviations a weight is cut: the steps between the others become finer.
    const deviation = Math.sqrt(values.reduce((sum, v) => sum + v * v, 0) / values.length)
    const largest = Math.min(
      4 * deviation,
      values.reduce((most, v) => Math.max(most, Math.abs(v)), 0),
    )
    const scale = Math.fround(largest / levels)
    const steps = Int8Array.from(values, (v) => Math.max(-levels, Math.min(levels, Math.round(v / scale))))
    const [whole, unit] = [`${weight.name}.steps`, `${weight.name}.step`]
    nodes.push(
      create(NodeProtoSchema, { opType: 'DequantizeLinear', input: [whole, unit], output: [weight.name] }),
    )
    return [
      create(TensorProtoSchema, {
        name: whole,
        dims: weight.dims,
        dataType: TensorProto_DataType.INT8,
        rawData: new Uint8Array(steps.buffer),
      }),
      create(TensorProtoSchema, {
        name: unit,
        dataType: TensorProto_DataType.FLOAT,
        rawData: new Uint8Array(Float32Array.of(scale).buffer),
      }),
    ]
  })
  graph.node = [...nodes, ...graph.node]
  return toBinary(ModelProtoSchema, model)
}

/** What a file answers to rows, by the runtime that serves it. */
async function answersOf(
  onnx: Uint8Array,
  rows: Float32Array,
  shape: readonly number[],
): Promise<Float32Array> {
  const ort = await loadRuntime()
  const session = await ort.InferenceSession.create(onnx)
  const given = new ort.Tensor('float32', rows, shape as number[])
  const answer = await session.run({ [session.inputNames[0]!]: given })
  return answer[session.outputNames[0]!]!.data as Float32Array
}

const shareOfRight = (answers: Float32Array, labels: ArrayLike<number>): number => {
  let right = 0
  for (let i = 0; i < labels.length; i++) {
    const row = answers.subarray(10 * i, 10 * i + 10)
    if (row.indexOf(Math.max(...row)) === labels[i]) right++
  }
  return right / labels.length
}

function likenessOf(test: ImageSet, pictures: Uint8Array): Likeness {
  const measures = similarityMeasures(imageSimilarity(test.pixels, pictures, test.shape), 0)
  const of = (name: string) => measures.find((m) => m.name === name)!
  return { ssim: of('ssim').value, interval: of('ssim').interval, psnr: of('psnr').value }
}

const { train, test } = await openDigits('digits', undefined, undefined)
const labels = test.labels!.of
const shape = [test.count, 1, 28, 28]
const classifier = await trainClassifier(train, {
  architecture: [
    conv2d({ filters: 8, kernel: 5, stride: 2, activation: 'relu' }),
    conv2d({ filters: 16, kernel: 5, stride: 2, activation: 'relu' }),
    flatten(),
    dense({ units: 10 }),
  ],
  epochs: 40,
  learningRate: 0.003,
  seed,
  test,
})
console.log('classifier', classifier.accuracy)
const start = performance.now()
const { pane } = await trainObfuscator(classifier, train, {
  kind: 'mlp',
  bottleneck: units,
  epochs: 30,
  learningRate: 0.002,
  seed,
  test,
})
const released = tensor(await pane.protect(train.pixels), [train.count, 1, 28, 28])
const attack = await trainRecNet(released, train, {
  shape: 'dense',
  bottleneck: units,
  learningRate: 0.003,
  epochs: 20,
  seed,
})
const seconds = (performance.now() - start) / 1000
const files = {
  'classifier.onnx': rounded(classifier.onnx, 31),
  'pane.onnx': rounded(pane.onnx, 7),
  'recnet.onnx': rounded(attack.onnx(), 7),
}
const raw = Float32Array.from(test.pixels, (v) => v / 255)
const sent = await answersOf(files['pane.onnx'], raw, shape)
const drawn = await answersOf(files['recnet.onnx'], sent, shape)
const pictures = new Uint8Array(Uint8ClampedArray.from(drawn, (v) => 255 * v).buffer)
const right = async (rows: Float32Array) =>
  shareOfRight(await answersOf(files['classifier.onnx'], rows, shape), labels)
const told: Omit<GalleryPane, 'name' | 'file' | 'attack'> = {
  bottleneck: units,
  bytes: files['pane.onnx'].length,
  parameters: pane.card.parameters,
  flops: pane.card.flops,
  accuracy: await right(sent),
  likeness: likenessOf(test, pictures),
  read: await right(Float32Array.from(pictures, (v) => v / 255)),
  seconds,
}
const measured = {
  data: { training: train.count, test: test.count },
  classifier: {
    accuracy: await right(raw),
    answerAlone: likenessOf(test, meanPictures(train, test)),
    parameters: Object.values(classifier.weights).reduce((sum, w) => sum + w.data.length, 0),
    preprocessing: classifier.preprocessing,
  },
  pane: told,
}
mkdirSync(folder, { recursive: true })
for (const [name, bytes] of Object.entries(files)) {
  writeFileSync(join(folder, name), bytes)
  console.log(name, bytes.length, 'bytes,', gzipSync(bytes, { level: 9 }).length, 'packed')
}
writeFileSync(join(folder, 'measured.json'), `${JSON.stringify(measured, null, 2)}\n`)
console.log(JSON.stringify(measured, null, 2))
process.exit(0)
