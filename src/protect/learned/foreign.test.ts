// Classifiers that nobody here made, well-formed and not.

import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, describe, expect, it } from 'vitest'
import type { ImageSet } from '../../data/index.ts'
import {
  cast,
  constant,
  gemm,
  graph,
  input,
  type Operator,
  reduceMean,
  relu,
  reshape,
  softmax,
  type Value,
  writeOnnx,
} from '../../graph/index.ts'
import { applyAll } from '../../graph/value.ts'
import { seededStream } from '../../random/seeded.ts'
import { measureService } from './measure.ts'
import { openClassifier } from './openClassifier.ts'
import { namedPreprocessing, preprocessImageSet } from './preprocessing.ts'
import { trainObfuscator } from './trainObfuscator.ts'

const folder = mkdtempSync(join(tmpdir(), 'frostglass-foreign-'))
afterAll(() => rmSync(folder, { recursive: true, force: true }))

const numbers = (size: number, seed: number) => {
  const source = seededStream(seed, 'weights')
  return Float32Array.from({ length: size }, () => source.normal() / 4)
}

/** A linear classifier of 6×6 colour images with 5 classes. */
function classifier(
  build: (x: Value) => Value = (x) => x,
  shape: readonly (string | number)[] = ['N', 3, 6, 6],
  head: (y: Value) => Value = (y) => y,
): { x: Value; y: Value } {
  const x = input('data', shape)
  const flat = reshape(build(x), [-1, 108])
  // Weights that add up to nothing, so that no class is the answer to every grey noise.
  const weights = numbers(540, 1)
  for (let c = 0; c < 5; c++) {
    let sum = 0
    for (let i = c; i < 540; i += 5) sum += weights[i]!
    for (let i = c; i < 540; i += 5) weights[i] = weights[i]! - sum / 108
  }
  return { x, y: head(gemm(flat, constant(weights, [108, 5]))) }
}

function file(name: string, parts: { x: Value; y: Value }, more: Record<string, Value> = {}): string {
  const path = join(folder, name)
  writeFileSync(path, writeOnnx(graph({ inputs: [parts.x], outputs: { scores: parts.y, ...more } })))
  return path
}

/** Noise that the classifier itself has named: what it says is the truth. */
async function images(path: string, count: number): Promise<ImageSet> {
  const source = seededStream(3, 'pixels')
  const pixels = Uint8Array.from({ length: count * 108 }, () => source.below(256))
  const set = { name: 'noise', shape: [3, 6, 6] as const, count, pixels, attributes: {} }
  const opened = await openClassifier(path)
  const samples = preprocessImageSet(set, opened.preprocessing)
  const { answers } = await measureService(opened, samples, { labels: new Int32Array(count) })
  return { ...set, labels: { names: ['a', 'b', 'c', 'd', 'e'], of: answers } }
}

describe('anybody’s classifier', () => {
  it('is opened with what its file tells, its Softmax left out', async () => {
    const plain = await openClassifier(file('plain.onnx', classifier()))
    const soft = await openClassifier(file('soft.onnx', classifier(undefined, undefined, softmax)))
    for (const opened of [plain, soft]) {
      expect(opened).toMatchObject({ input: [3, 6, 6], outputs: 5, classes: null, weights: {} })
      expect(opened.preprocessing).toEqual(namedPreprocessing('unit', 3))
    }
    const sample = { dtype: 'float32', shape: [4, 3, 6, 6], data: numbers(432, 5) } as const
    const labels = new Int32Array(4)
    expect((await measureService(soft, sample, { labels })).answers).toEqual(
      (await measureService(plain, sample, { labels })).answers,
    )
  })

  it('guesses the layout from its input, and binds free heights to those of the images', async () => {
    const last = await openClassifier(
      file(
        'last.onnx',
        classifier((x) => x, ['N', 6, 6, 3]),
      ),
    )
    expect(last.preprocessing).toMatchObject({ layout: 'NHWC', order: 'RGB' })
    const flat = await openClassifier(
      file(
        'flat.onnx',
        classifier((x) => x, ['N', 108]),
      ),
    )
    expect(flat.preprocessing.layout).toBe('flat')
    const free = () => {
      const x = input('data', ['N', 3, 'H', 'W'])
      const mean = reduceMean(x, [2, 3])
      return { x, y: gemm(mean, constant(numbers(15, 1), [3, 5])) }
    }
    const path = file('free.onnx', free())
    await expect(openClassifier(path)).rejects.toThrow(
      /free\.onnx: the input 'data' .* its sizes are not known/,
    )
    expect((await openClassifier(path, { image: [3, 6, 6] })).input).toEqual([3, 6, 6])
  })

  it('gets an obfuscator, through each layout', async () => {
    for (const [name, shape] of [
      ['nchw.onnx', ['N', 3, 6, 6]],
      ['nhwc.onnx', ['N', 6, 6, 3]],
    ] as const) {
      const path = file(
        name,
        classifier((x) => x, shape),
      )
      const set = await images(path, 900)
      const opened = await openClassifier(path)
      expect((await measureService(opened, set)).accuracy).toBe(1)
      const { pane } = await trainObfuscator(opened, set, {
        kind: 'mlp',
        bottleneck: 32,
        epochs: 20,
        learningRate: 0.01,
      })
      expect(pane.card.output).toEqual(shape.slice(1))
      // Chance is the largest class' share.
      const counts = [0, 0, 0, 0, 0]
      for (const label of set.labels!.of) counts[label]!++
      expect(pane.card.measured.raw).toBe(1)
      expect(pane.card.measured.obfuscated).toBeGreaterThan(Math.max(...counts) / 900 + 0.15)
      await pane.close()
    }
  })

  it('is refused with an operator that cannot be differentiated: node, operator and file, before training', async () => {
    // Its shape is stated where it is the output, as exporters state all of them; inside, it is not.
    const odd: Operator = { name: 'Odd', domain: 'somebody', attributes: {}, infer: ([x]) => [x!] }
    const named = (x: Value) => applyAll(odd, [x], {}, { name: 'odd_one' })[0]!
    const last = file('last-odd.onnx', classifier(undefined, undefined, named))
    await expect(openClassifier(last)).rejects.toMatchObject({ code: 'unsupported' })
    await expect(openClassifier(last)).rejects.toThrow(
      /node 'odd_one' \(Odd\).*last-odd\.onnx has no gradient rule/,
    )
    const first = file('first-odd.onnx', classifier(named))
    await expect(openClassifier(first)).rejects.toThrow(/first-odd\.onnx: node 'odd_one' \(somebody\.Odd\)/)
  })

  it('is refused when it is not one picture in, one row of classes out', async () => {
    const refused = (path: string, words: RegExp) => expect(openClassifier(path)).rejects.toThrow(words)
    const two = classifier()
    await refused(
      file('two.onnx', two, { again: relu(two.y) }),
      /two\.onnx has 1 input\(s\) \(data\) and 2 output\(s\)/,
    )
    await refused(
      file(
        'fixed.onnx',
        classifier((x) => x, [1, 3, 6, 6]),
      ),
      /takes 1 image\(s\) at a time/,
    )
    const whole = input('data', ['N', 108], 'int32')
    await refused(
      file('whole.onnx', { x: whole, y: gemm(cast(whole, 'float32'), constant(numbers(540, 1), [108, 5])) }),
      /'data' is int32/,
    )
    await refused(
      file(
        'odd-shape.onnx',
        classifier((x) => x, ['N', 4, 27]),
      ),
      /samples of the shape \[4,27\]/,
    )
    await refused(join(folder, 'nothing.onnx'), /there is no such file/)
    await refused(folder, /it is a folder/)
  })

  it('is refused when its images do not fit', async () => {
    const path = file('plain.onnx', classifier())
    const opened = await openClassifier(path)
    const set = await images(path, 60)
    const grey: ImageSet = { ...set, shape: [1, 6, 6], count: 60, pixels: set.pixels.subarray(0, 60 * 36) }
    await expect(trainObfuscator(opened, grey, { kind: 'mlp' })).rejects.toThrow(/1 channel.*takes RGB/)
    const tall: ImageSet = { ...set, shape: [3, 12, 3] }
    await expect(trainObfuscator(opened, tall, { kind: 'mlp' })).rejects.toThrow(/3×12×3.*takes \[3,6,6\]/)
  })

  it('is refused when it is cut short, or full of absurd sizes; nothing large is allocated', async () => {
    const whole = readFileSync(file('plain.onnx', classifier()))
    const before = process.memoryUsage().arrayBuffers
    for (const length of [0, 1, 10, 100, 500, whole.length - 1]) {
      const path = join(folder, 'short.onnx')
      writeFileSync(path, whole.subarray(0, length))
      await expect(openClassifier(path)).rejects.toMatchObject({ code: 'input' })
    }
    // Every byte of the file's first part changed in turn: an error of ours, or a model, never a crash.
    for (let at = 0; at < 400; at += 3) {
      const bytes = Uint8Array.from(whole)
      bytes[at] = bytes[at]! ^ 0xff
      const path = join(folder, 'flipped.onnx')
      writeFileSync(path, bytes)
      await openClassifier(path).catch((error) =>
        expect(['input', 'shape', 'unsupported']).toContain(error.code),
      )
    }
    expect(process.memoryUsage().arrayBuffers - before).toBeLessThan(50e6)
  })
})
