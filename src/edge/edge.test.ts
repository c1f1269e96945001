import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { pathToFileURL } from 'node:url'
import fc from 'fast-check'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { classifierModel, identityModel, paneCard, paneModel } from '../../test/servedModels.ts'
import { FrostglassError } from '../errors.ts'
import { graph, input, relu, writeOnnx } from '../graph/index.ts'
import { openPane } from '../protect/index.ts'
import { preprocessImageSet as preprocessSet } from '../protect/learned/preprocessing.ts'
import { type RunningService, startService } from '../serve/v2/index.ts'
import { ask, connect, decode, type EdgePane, openEdgePane, preprocessImages } from './index.ts'
import { readMetadata } from './metadata.ts'

const onnx = paneModel(16)
const digit = Uint8Array.from({ length: 784 }, (_, i) => (i * 37) % 256)
const folder = mkdtempSync(join(tmpdir(), 'frostglass-edge-'))
let pane: EdgePane
let running: RunningService

beforeAll(async () => {
  pane = await openEdgePane(onnx)
  const models = [
    { name: 'digits', bytes: classifierModel([32]) },
    { name: 'two', bytes: identityModel('int32') },
  ]
  running = await startService({ models, port: 0 })
})
afterAll(async () => {
  await pane?.close()
  await running?.close()
  rmSync(folder, { recursive: true })
})

/** An ONNX file that takes and gives what a pane does, with this for a card. */
function withCard(card: string | undefined, name = 'image'): Uint8Array {
  const x = input(name, ['N', 1, 28, 28])
  const metadata = card === undefined ? {} : { frostglass: card }
  return writeOnnx(graph({ inputs: [x], outputs: { obfuscated: relu(x) } }), { metadata })
}

describe('the metadata of an ONNX file', () => {
  it('is read as it was written', () => {
    const x = input('x', ['N'])
    fc.assert(
      fc.property(
        fc.dictionary(fc.string({ unit: 'grapheme' }), fc.string({ unit: 'grapheme' })),
        (given) => {
          const wellFormed = Object.entries(given).filter((pair) => pair.every((text) => text.isWellFormed()))
          const metadata = Object.fromEntries(wellFormed)
          const onnx = writeOnnx(graph({ inputs: [x], outputs: { y: relu(x) } }), { metadata })
          expect(Object.entries(readMetadata(onnx))).toEqual(wellFormed)
        },
      ),
      // A name that an object would take for its prototype.
      { numRuns: 50, examples: [[Object.fromEntries([['__proto__', 'x']])]] },
    )
  })

  it('ends in an answer or a typed error, whatever the bytes', () => {
    const tried = (bytes: Uint8Array) => {
      try {
        readMetadata(bytes)
      } catch (error) {
        expect(error).toBeInstanceOf(FrostglassError)
      }
    }
    fc.assert(fc.property(fc.uint8Array({ maxLength: 64 }), tried))
    for (let end = 0; end < onnx.length; end += 997) tried(onnx.subarray(0, end))
    expect(() => readMetadata(onnx.subarray(0, onnx.length - 1))).toThrow('cut short')
    expect(() => readMetadata(new Uint8Array(12).fill(255))).toThrow('cut short')
  })
})

describe('a pane on the device', () => {
  it('protects as the owner’s own does, bytes, numbers and several at once', async () => {
    const owner = await openPane(onnx)
    const expected = await owner.protect(digit)
    await owner.close()
    expect(pane.card).toEqual(paneCard(16))
    expect(pane.bytes).toBe(onnx.length)
    expect(distance(await pane.protect(digit), expected)).toBeLessThan(1e-5)
    expect(distance(await pane.protect(Float32Array.from(digit, (b) => b / 255)), expected)).toBeLessThan(
      1e-5,
    )
    const two = await pane.protect(Uint8Array.from([...digit, ...digit]))
    expect(distance(two.subarray(784), expected)).toBeLessThan(1e-5)
    const many = await Promise.all(Array.from({ length: 5 }, () => pane.protect(digit)))
    for (const one of many) expect(distance(one, expected)).toBeLessThan(1e-5)
  })

  it('takes an ImageData: grey by its luminance, on black where it is transparent', async () => {
    const rgba = new Uint8ClampedArray(4 * 784)
    digit.forEach((byte, i) => {
      // White of this much opacity, or grey of full opacity: the same on black.
      rgba.set(i % 2 === 0 ? [255, 255, 255, byte] : [byte, byte, byte, 255], 4 * i)
    })
    const expected = await pane.protect(digit)
    expect(distance(await pane.protect({ width: 28, height: 28, data: rgba }), expected)).toBeLessThan(1e-4)
    await expect(pane.protect({ width: 27, height: 28, data: rgba })).rejects.toThrow(
      '27 × 28 (width × height) came',
    )
  })

  it('refuses what is no image of its shape or range', async () => {
    for (const length of [0, 783, 785]) {
      await expect(pane.protect(new Uint8Array(length))).rejects.toMatchObject({ code: 'shape' })
    }
    for (const value of [255, -0.1, Number.NaN]) {
      const image = new Float32Array(784)
      image[5] = value
      await expect(pane.protect(image)).rejects.toThrow('value 5 of the image is not within 0 … 1')
    }
  })

  it('gives raw samples the service’s own preprocessing, bit for bit', () => {
    const layouts = fc.constantFrom('NCHW', 'NHWC', 'flat')
    const number = fc.double({ min: 0.1, max: 1, noNaN: true })
    const grey = fc.record({
      order: fc.constant('grey'),
      mean: fc.tuple(number),
      std: fc.tuple(number),
      layout: layouts,
    })
    const triple = fc.tuple(number, number, number)
    const colour = fc.record({
      order: fc.constantFrom('RGB', 'BGR'),
      mean: triple,
      std: triple,
      layout: layouts,
    })
    fc.assert(
      fc.property(fc.oneof(grey, colour), fc.infiniteStream(fc.nat(255)), (given, stream) => {
        const preprocessing = given as unknown as Parameters<typeof preprocessImages>[1]
        const shape = [preprocessing.mean.length, 2, 3] as const
        const pixels = Uint8Array.from(stream.take(2 * 6 * shape[0]))
        const { data } = preprocessSet({ pixels, shape, count: 2, name: 'these' }, preprocessing)
        expect(preprocessImages(pixels, preprocessing, shape)).toEqual(data)
      }),
    )
  })

  it('loads from a file’s URL and over HTTP', async () => {
    writeFileSync(join(folder, 'pane.onnx'), onnx)
    const fromFile = await openEdgePane(pathToFileURL(join(folder, 'pane.onnx')))
    expect(await fromFile.protect(digit)).toEqual(await pane.protect(digit))
    await fromFile.close()
    await expect(openEdgePane(pathToFileURL(join(folder, 'none.onnx')))).rejects.toMatchObject({ code: 'io' })
    await expect(openEdgePane(`${running.url}/pane.onnx`)).rejects.toThrow('the server answers 404')
    const signal = AbortSignal.abort()
    await expect(openEdgePane(`${running.url}/pane.onnx`, { signal })).rejects.toMatchObject({
      code: 'aborted',
    })
  })

  it.each<[string, Uint8Array, string, RegExp]>([
    ['nothing', new Uint8Array(0), 'input', /no pane: its metadata has no 'frostglass'/],
    ['half a file', onnx.subarray(0, 20_000), 'input', /cut short/],
    ['a model without a card', withCard(undefined), 'input', /no pane/],
    ['a card that is no JSON', withCard('{'), 'input', /its card is not JSON/],
    ['a card of nothing', withCard('null'), 'input', /its card is a 'undefined'/],
    ['another card', withCard('{"format":"frostglass-model"}'), 'input', /its card is a 'frostglass-model'/],
    [
      'a card of tomorrow',
      withCard(JSON.stringify({ ...paneCard(1), version: 2 })),
      'input',
      /has version 2/,
    ],
    ['a card without shapes', withCard(JSON.stringify({ ...paneCard(1), input: [0] })), 'input', /no shapes/],
    ['another input', withCard(JSON.stringify(paneCard(1)), 'x'), 'input', /takes 'x'/],
  ])('refuses %s', async (_, bytes, code, words) => {
    const error = await openEdgePane(bytes).catch((e) => e)
    expect(error).toMatchObject({ code, message: expect.stringMatching(words) })
  })
})

describe('the whole turn', () => {
  it('protects, asks and decodes; raw too', async () => {
    const service = await connect(running.url, 'digits')
    expect(service.metadata.inputs).toEqual([{ name: 'input', datatype: 'FP32', shape: [-1, 1, 28, 28] }])
    expect(await service.ready()).toBe(true)
    const names = Array.from('abcdefghij')
    const asked = await ask(pane, service, digit, { names })
    const [decoded] = asked.decoded
    expect(asked.sent).toEqual(await pane.protect(digit))
    expect(asked.sentBytes).toBeGreaterThan(4 * 784)
    expect(asked.sentBytes).toBeLessThan(4 * 784 + 300)
    expect(decoded!.all.map(({ label }) => label)).toEqual(names)
    expect(decoded!.all.reduce((sum, { probability }) => sum + probability, 0)).toBeCloseTo(1, 5)
    expect(decoded!.label).toBe(names[decoded!.index])
    expect(decoded!.probability).toBe(Math.max(...decoded!.all.map(({ probability }) => probability)))
    const raw = await ask(pane, service, digit, { raw: true })
    expect(raw.sent).toEqual(Float32Array.from(digit, (b) => b / 255))
    const both = await ask(pane, service, Uint8Array.from([...digit, ...digit.toReversed()]))
    expect(both.decoded).toHaveLength(2)
    expect(both.decoded[0]!.probability).toBeCloseTo(decoded!.probability, 5)
  })

  it('decodes logits and probabilities, and refuses names that do not fit', () => {
    const logits = { shape: [1, 3], values: Float32Array.of(0, Math.log(2), Math.log(5)) }
    const [found] = decode(logits, ['a', 'b', 'c'])
    expect(found).toMatchObject({ label: 'c', index: 2 })
    expect(found!.all.map(({ probability }) => probability * 8)).toEqual(
      [1, 2, 5].map((v) => expect.closeTo(v, 5)),
    )
    const [certain] = decode({ shape: [1, 2], values: Float32Array.of(0.25, 0.75) })
    expect(certain).toMatchObject({ label: '1', probability: 0.75 })
    expect(decode({ shape: [1, 2], values: Float32Array.of(1000, -1000) })[0]!.probability).toBe(1)
    expect(() => decode(logits, ['a'])).toThrow(RangeError)
    expect(() => decode({ shape: [0, 3], values: new Float32Array(0) })).toThrow(RangeError)
  })

  it('says what does not fit', async () => {
    await expect(connect(running.url)).rejects.toMatchObject({ code: 'usage' })
    await expect(connect(running.url, 'nobody')).rejects.toThrow(/answers 404: there is no model 'nobody'/)
    const service = await connect(`${running.url}/v2/models/digits/`)
    await expect(service.infer(new Float32Array(783))).rejects.toThrow(/783 values do not fit/)
    await expect(service.infer(new Float32Array(784), { output: 'x' })).rejects.toThrow(
      /400: the model has no output 'x'/,
    )
    const whole = await connect(running.url, 'two')
    await expect(whole.infer(new Float32Array(3))).rejects.toMatchObject({ code: 'unsupported' })
  })
})

function distance(a: Float32Array, b: Float32Array): number {
  expect(a.length).toBe(b.length)
  return a.reduce((most, value, i) => Math.max(most, Math.abs(value - b[i]!)), 0)
}
