// Tensors as JSON, both ways.
// Source: "Tensor Data" of the Open Inference Protocol (KServe V2), flat or nested, row-major.
// NaN and infinities go as the words of jsonText.ts, to those who wrote such; BF16 and whole numbers beyond 2⁵³ do not.

import { decodeHalf, decodeHalves, encodeHalf } from '../../graph/halves.ts'
import { isHeldText, ofTexts, textsOf } from './binaryTensors.ts'
import { type Datatype, elementsOf, views, type WireTensor } from './datatypes.ts'
import { numberText, type ParsedJson } from './jsonText.ts'
import { Refusal } from './refusal.ts'

const ranges: Partial<Record<Datatype, readonly [number, number]>> = {
  UINT8: [0, 0xff],
  UINT16: [0, 0xffff],
  UINT32: [0, 0xffff_ffff],
  UINT64: [0, Number.MAX_SAFE_INTEGER],
  INT8: [-0x80, 0x7f],
  INT16: [-0x8000, 0x7fff],
  INT32: [-0x8000_0000, 0x7fff_ffff],
  INT64: [Number.MIN_SAFE_INTEGER, Number.MAX_SAFE_INTEGER],
}

/**
 * Elements from JSON, flat or nested.
 * @param shape how many there must be; checked before anything is allocated
 * @param numberOf of the request's JSON
 * @throws Refusal 400 for another number of elements, a value that the type cannot hold, or BF16
 */
export function fromJson(
  name: string,
  datatype: Datatype,
  values: readonly unknown[],
  shape: readonly number[],
  numberOf?: ParsedJson['numberOf'],
): ArrayBuffer {
  const count = elementsOf(shape)
  if (datatype === 'BF16') {
    throw new Refusal(400, `input '${name}': JSON has no BF16; send it as binary data`)
  }
  const flat = Array.isArray(values[0]) ? flatten(name, values, shape) : values
  if (flat.length !== count) {
    throw new Refusal(
      400,
      `input '${name}': shape [${shape}] holds ${count} elements, but data has ${flat.length}`,
    )
  }
  const wrong = (i: number, expected: string) =>
    new Refusal(400, `input '${name}': element ${i} of data is not ${expected}`)
  if (datatype === 'BYTES') {
    flat.forEach((value, i) => {
      if (typeof value !== 'string' || numberOf?.(value) !== undefined) throw wrong(i, 'a string')
      if (!isHeldText(value)) throw wrong(i, 'a text without NUL, of whole characters')
    })
    return ofTexts(flat as string[])
  }
  if (datatype === 'FP16' || datatype === 'FP32' || datatype === 'FP64') {
    return fractionsOf(datatype, flat, numberOf, wrong)
  }
  const out = new views[datatype](count)
  const [low, high] = ranges[datatype] ?? [0, 1]
  for (let i = 0; i < count; i++) {
    const value = flat[i]
    if (datatype === 'BOOL') {
      if (typeof value !== 'boolean' && value !== 0 && value !== 1) throw wrong(i, 'true or false')
      out[i] = Number(value)
    } else if (typeof value !== 'number') throw wrong(i, 'a number')
    else if (!Number.isInteger(value) || value < low || value > high) {
      throw wrong(i, `a whole number from ${low} to ${high}; binary data holds all of ${datatype}`)
    } else if (out instanceof BigInt64Array || out instanceof BigUint64Array) out[i] = BigInt(value)
    else out[i] = value
  }
  return out.buffer
}

function fractionsOf(
  datatype: 'FP16' | 'FP32' | 'FP64',
  flat: readonly unknown[],
  numberOf: ParsedJson['numberOf'],
  wrong: (i: number, expected: string) => Refusal,
): ArrayBuffer {
  const out = new views[datatype](flat.length)
  for (let i = 0; i < out.length; i++) {
    const value = flat[i]
    if (typeof value === 'number') {
      out[i] = datatype === 'FP16' ? encodeHalf(value, 'float16') : value
      const held = datatype === 'FP16' ? decodeHalf(out[i]!, 'float16') : out[i]!
      if (!Number.isFinite(held)) throw wrong(i, `within the range of ${datatype}`)
      continue
    }
    const word = numberOf?.(value)
    if (word === undefined) {
      throw wrong(
        i,
        value === null
          ? 'a number: null came, which some clients write for NaN and for infinities alike; binary data holds them'
          : 'a number',
      )
    }
    out[i] = datatype === 'FP16' ? encodeHalf(word, 'float16') : word
  }
  return out.buffer
}

function flatten(name: string, values: readonly unknown[], shape: readonly number[]): unknown[] {
  const flat: unknown[] = []
  const walk = (part: unknown, depth: number) => {
    if (depth === shape.length) {
      flat.push(part)
      return
    }
    if (!Array.isArray(part) || part.length !== shape[depth]) {
      throw new Refusal(400, `input '${name}': nested data does not have the shape [${shape}]`)
    }
    for (const item of part) walk(item, depth + 1)
  }
  walk(values, 0)
  return flat
}

/**
 * The elements of a tensor as the text of a flat JSON array.
 * @param words whether NaN and infinities may stand there as words
 * @throws Refusal 400 for what JSON cannot hold: BF16, a number that is not finite, a whole number beyond 2^53
 */
export function toJson({ name, datatype, data }: WireTensor, words = false): string {
  if (datatype === 'BYTES') return JSON.stringify(textsOf(data))
  const binary = `ask for it as binary data ("parameters": {"binary_data": true})`
  if (datatype === 'BF16') throw new Refusal(400, `output '${name}': JSON has no BF16; ${binary}`)
  if (datatype === 'BOOL') return `[${Array.from(new Uint8Array(data), (v) => v !== 0).join()}]`
  const elements = new views[datatype as 'FP32'](data)
  const numbers = datatype === 'FP16' ? Float32Array.from(decodeHalves(elements, 'float16')) : elements
  if (datatype === 'FP16' || datatype === 'FP32' || datatype === 'FP64') {
    if (!words && !numbers.every(Number.isFinite)) {
      throw new Refusal(400, `output '${name}' has a ${datatype} that JSON cannot hold; ${binary}`)
    }
    const signed = numbers.some((v) => Object.is(v, -0))
    return `[${signed ? Array.from(numbers, numberText).join() : numbers.join()}]`
  }
  if (datatype === 'INT64' || datatype === 'UINT64') {
    const wide = elements as unknown as BigInt64Array
    if (!wide.every((v) => Number.isSafeInteger(Number(v)))) {
      throw new Refusal(400, `output '${name}' has a ${datatype} that JSON cannot hold; ${binary}`)
    }
  }
  return `[${elements.join()}]`
}
