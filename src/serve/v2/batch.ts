// Requests made one run, and its answer cut into theirs.
// Source: row-major tensors: rows lie one behind the other. Joined on this side of the threads, since each buffer that
// is handed over costs (a fifth of the service's time when 32 requests of 3 KB were handed over apart).

import { elementsOf, type WireTensor } from './datatypes.ts'

/** Inputs of several requests one below the other. All have the same names, types and sizes but for the rows. */
export function joinRows(requests: readonly (readonly WireTensor[])[]): WireTensor[] {
  const [first = []] = requests
  if (requests.length === 1) return [...first]
  return first.map((_, i) => joinTensors(requests.map((inputs) => inputs[i]!)))
}

function joinTensors(parts: readonly WireTensor[]): WireTensor {
  const { name, datatype, shape } = parts[0]!
  const joined = { name, datatype, shape: [parts.reduce((n, p) => n + p.shape[0]!, 0), ...shape.slice(1)] }
  const bytes = new Uint8Array(parts.reduce((sum, { data }) => sum + data.byteLength, 0))
  let at = 0
  for (const { data } of parts) {
    bytes.set(new Uint8Array(data), at)
    at += data.byteLength
  }
  return { ...joined, data: bytes.buffer }
}

/**
 * Outputs cut into blocks of these many rows; undefined when they do not have a row a row.
 * @param rows of each request
 */
export function splitRows(
  outputs: readonly WireTensor[],
  rows: readonly number[],
): WireTensor[][] | undefined {
  if (rows.length === 1) return [[...outputs]]
  const total = rows.reduce((a, b) => a + b, 0)
  if (outputs.some(({ shape }) => shape[0] !== total)) return undefined
  const ends = outputs.map((whole) => endsOf(whole, rows, total))
  return rows.map((count, i) =>
    outputs.map((whole, o) => {
      const data = whole.data.slice(ends[o]![i - 1] ?? 0, ends[o]![i])
      return { ...whole, shape: [count, ...whole.shape.slice(1)], data }
    }),
  )
}

/** Where the last byte of each block of rows is, and one further. */
function endsOf({ datatype, shape, data }: WireTensor, rows: readonly number[], total: number): number[] {
  const size = data.byteLength / total
  const elements = elementsOf(shape) / total
  const view = new DataView(data)
  let at = 0
  return rows.map((count) => {
    if (datatype !== 'BYTES') at += count * size
    else for (let i = 0; i < count * elements; i++) at += 4 + view.getUint32(at, true)
    return at
  })
}
