// The exported models beside this file with what their own frameworks answer, and a comparison of answers.
// Source: written by the Python scripts here (see README.md); seeds and versions stand in them.
// Numbers come as base64 of little-endian bytes; text as it is.

import { readdirSync, readFileSync } from 'node:fs'
import { resolve } from 'node:path'
import { arrayOf, type DType, type Tensor, toFloat64 } from '../../src/graph/tensor.ts'

const folder = resolve(import.meta.dirname, 'models')

interface Written {
  readonly dtype: DType
  readonly shape: readonly number[]
  readonly base64?: string
  readonly strings?: readonly string[]
}

/** What its script says of a model. */
export interface Exported {
  readonly name: string
  readonly bytes: Uint8Array
  /** The exporter. */
  readonly by: string
  /** How far an answer may be from the framework's, of the largest number in it (or 1). */
  readonly tolerance: number
  /** Whether a float input has a gradient. */
  readonly gradient: boolean
  readonly inputs: Readonly<Record<string, Tensor>>
  readonly outputs: Readonly<Record<string, Tensor | readonly string[]>>
}

function tensorOf({ dtype, shape, base64, strings }: Written): Tensor | readonly string[] {
  if (strings) return strings
  const bytes = Uint8Array.from(Buffer.from(base64 ?? '', 'base64'))
  return { dtype, shape, data: new (arrayOf(dtype))(bytes.buffer) }
}

const tensorsOf = <T>(written: Readonly<Record<string, Written>>): Record<string, T> =>
  Object.fromEntries(Object.entries(written).map(([name, w]) => [name, tensorOf(w) as T]))

/** One model by its name. */
export function exported(name: string): Exported {
  const about = JSON.parse(readFileSync(resolve(folder, `${name}.json`), 'utf8'))
  const bytes = readFileSync(resolve(folder, `${name}.onnx`))
  const { by, tolerance, gradient, inputs, outputs } = about
  return { name, bytes, by, tolerance, gradient, inputs: tensorsOf(inputs), outputs: tensorsOf(outputs) }
}

/** The path of a model's file. */
export const pathOf = (name: string): string => resolve(folder, `${name}.onnx`)

/** All of them. */
export const allExported: readonly string[] = readdirSync(folder)
  .filter((file) => file.endsWith('.onnx'))
  .map((file) => file.slice(0, -'.onnx'.length))
  .toSorted()

const float16 = (bits: number): number => {
  const exponent = (bits >> 10) & 31
  const fraction = bits & 1023
  const size =
    exponent === 0
      ? fraction * 2 ** -24
      : exponent === 31
        ? fraction
          ? Number.NaN
          : Number.POSITIVE_INFINITY
        : (1 + fraction / 1024) * 2 ** (exponent - 15)
  return bits & 0x8000 ? -size : size
}

const numbersOf = (t: Tensor): Float64Array =>
  t.dtype === 'float16' && t.data instanceof Uint16Array ? Float64Array.from(t.data, float16) : toFloat64(t)

/** The largest distance between two answers, of the largest number wanted (or 1); infinite for other shapes or text. */
export function distance(got: Tensor | undefined, want: Tensor | readonly string[]): number {
  if (!got) return Number.POSITIVE_INFINITY
  if (!('dtype' in want)) {
    const texts = Array.from(got.data as unknown as ArrayLike<string>)
    return texts.length === want.length && texts.every((t, i) => t === want[i]) ? 0 : Number.POSITIVE_INFINITY
  }
  if (got.shape.length !== want.shape.length || got.shape.some((d, i) => d !== want.shape[i]))
    return Number.POSITIVE_INFINITY
  const b = numbersOf(want)
  const largest = b.reduce((m, v) => Math.max(m, Math.abs(v)), 1)
  return numbersOf(got).reduce((m, v, i) => {
    const apart = Math.abs(v - b[i]!) / largest
    return apart <= m ? m : Number.isNaN(apart) ? Number.POSITIVE_INFINITY : apart
  }, 0)
}
