// Whether made-up rows get together what each gets alone: the proof by example of what rowsApart.ts has read off the graph.
// Source: ours. Rows are of very different sizes, so that one that sees its neighbours cannot but show it.
// Kernels of other sizes round otherwise: numbers with a fraction may differ by a ten thousandth of the row's largest.

import { joinRows, splitRows } from './batch.ts'
import { ofTexts } from './binaryTensors.ts'
import type { ModelSignature, TensorSignature } from './contract.ts'
import { type Datatype, datatypes, elementsOf, views, type WireTensor } from './datatypes.ts'
import type { Threads } from './threads.ts'

/** Factors of a wave: one row is each of these times as large as another. */
const factors = [0, 1, -255, 1e6, -1e-6, 40, -1, 255]

/** Largest difference of a joined answer from a lone one, over the largest of the row's outputs. */
const rounding: Partial<Record<Datatype, number>> = { FP64: 1e-10, FP32: 1e-4, FP16: 1e-2 }

/**
 * Tries it in two, in all at once, and in as many as a run may have.
 * @param batch rows of a run at most
 */
export async function answersAlike(
  threads: Threads,
  key: number,
  model: Pick<ModelSignature, 'inputs' | 'outputs'>,
  batch: number,
): Promise<boolean> {
  const names = model.outputs.map(({ name }) => name)
  // Given away with each run, so made anew.
  const row = (which: number) => model.inputs.map((input) => rowOf(input, which))
  const ask = async (inputs: WireTensor[]) => (await threads.run(key, inputs, names)).outputs
  const alone = new Map<number, WireTensor[]>()
  for (const which of factors.keys()) {
    // A model may refuse rows that are made up: an index that is none of a table's.
    const answer = await ask(row(which)).catch(() => undefined)
    if (answer) alone.set(which, answer)
  }
  const answered = [...alone.keys()]
  if (answered.length < 2) return false
  const [first, last] = [answered[0]!, answered.at(-1)!]
  const many = Array.from({ length: batch }, (_, i) => answered[i % answered.length]!)
  for (const rows of [[first, last], [last, first, last], answered.toReversed(), many]) {
    if (rows.length > batch) continue
    const together = await ask(joinRows(rows.map(row))).catch(() => undefined)
    const parts = together && splitRows(together, Array(rows.length).fill(1))
    if (!parts?.every((part, i) => part.every((tensor, o) => near(tensor, alone.get(rows[i]!)![o]!))))
      return false
  }
  return true
}

function near(a: WireTensor, b: WireTensor): boolean {
  if (a.shape.join() !== b.shape.join()) return false
  const share = rounding[a.datatype]
  if (share === undefined) return same(a, b)
  const [x, y] = [numbersOf(a), numbersOf(b)]
  const scale = x.reduce((most, v) => (Number.isFinite(v) ? Math.max(most, Math.abs(v)) : most), 0)
  return x.every((v, i) => Object.is(v, y[i]) || Math.abs(v - y[i]!) <= share * scale)
}

function numbersOf({ datatype, data }: WireTensor): Float64Array {
  const elements = new views[datatype as 'FP32'](data)
  return Float64Array.from(elements, datatype === 'FP16' ? numberOfHalf : Number)
}

/** IEEE 754 binary16. */
function numberOfHalf(bits: number): number {
  const sign = bits & 0x8000 ? -1 : 1
  const exponent = (bits >> 10) & 0x1f
  const fraction = bits & 0x3ff
  if (exponent === 0) return sign * fraction * 2 ** -24
  if (exponent === 0x1f) return fraction ? Number.NaN : sign * Number.POSITIVE_INFINITY
  return sign * (1024 + fraction) * 2 ** (exponent - 25)
}

const same = ({ data: a }: WireTensor, { data: b }: WireTensor): boolean =>
  Buffer.from(a).equals(Buffer.from(b))

/** A made-up row, without anything that is no number. */
function rowOf({ name, datatype, shape }: TensorSignature, which: number): WireTensor {
  const one = [1, ...shape.slice(1)]
  const count = elementsOf(one)
  if (datatype === 'BYTES')
    return {
      name,
      datatype,
      shape: one,
      data: ofTexts(Array.from({ length: count }, (_, i) => `${which * i}`)),
    }
  const data = new ArrayBuffer(count * datatypes[datatype].size)
  fill(datatype, data, which)
  return { name, datatype, shape: one, data }
}

function fill(datatype: Exclude<Datatype, 'BYTES'>, data: ArrayBuffer, which: number): void {
  const wave = (i: number) => factors[which]! * Math.sin((which + 1) * (i + 1))
  if (datatype === 'FP32' || datatype === 'FP64') {
    const elements = new views[datatype](data)
    for (let i = 0; i < elements.length; i++) elements[i] = wave(i)
  } else if (datatype === 'FP16') {
    // 1, −1, 255, 65,504 and the least above 0, and neighbours of theirs.
    const sizes = [0, 0x3c00, 0xbc00, 0x5bf8, 0x7bff, 1, 0x4000, 0x3800]
    const elements = new views[datatype](data)
    for (let i = 0; i < elements.length; i++) elements[i] = which === 0 ? 0 : sizes[which]! - (i % 3)
  } else {
    const at = wholeRow(datatype, which)
    const elements = new views[datatype](data)
    if (elements instanceof BigInt64Array || elements instanceof BigUint64Array)
      for (let i = 0; i < elements.length; i++) elements[i] = BigInt(at(i))
    else for (let i = 0; i < elements.length; i++) elements[i] = at(i)
  }
}

/** Whole numbers: zeros, ones, small ones, and up to the ends of what the type holds and a float counts exactly. */
function wholeRow(datatype: string, which: number): (i: number) => number {
  if (datatype === 'BOOL') return (i) => (which === 0 ? 0 : which === 1 ? 1 : (i * which) % 2)
  const unsigned = datatype.startsWith('U')
  const bits = Math.min(Number(datatype.replace(/\D/g, '')), 24) - (unsigned ? 0 : 1)
  const most = 2 ** bits - 1
  const least = unsigned ? 0 : -most
  const rows: readonly ((i: number) => number)[] = [
    () => 0,
    () => 1,
    (i) => i % 2,
    (i) => Math.min(most, 1 + (i % 3)),
    () => most,
    () => least,
    (i) => (i % 2 ? most : least),
    (i) => Math.min(most, 100 + (i % 27)),
  ]
  return rows[which]!
}
