// Requests made one run, and its answer cut into theirs.
// Source: row-major tensors: rows lie one behind the other. Joined on this side of the threads, since each buffer that
// is handed over costs (a fifth of the service's time when 32 requests of 3 KB were handed over apart).

import { datatypes, elementsOf, type WireTensor } from './datatypes.ts'

/** Inputs of several requests one below the other. All have the same names, types and sizes but for the rows. */
export function joinRows(requests: readonly (readonly WireTensor[])[]): WireTensor[] {
  const [first = []] = requests
  if (requests.length === 1) return [...first]
  return first.map((_, i) => joinTensors(requests.map((inputs) => inputs[i]!)))
}

function joinTensors(parts: readonly WireTensor[]): WireTensor {
  const { name, datatype, shape } = parts[0]!
  const joined = { name, datatype, shape: [parts.reduce((n, p) => n + p.shape[0]!, 0), ...shape.slice(1)] }
  if (datatype === 'BYTES') return { ...joined, data: parts.flatMap(({ data }) => data as string[]) }
  const bytes = new Uint8Array(elementsOf(joined.shape) * datatypes[datatype].size)
  let at = 0
  for (const { data } of parts) {
    bytes.set(new Uint8Array(data as ArrayBuffer), at)
    at += (data as ArrayBuffer).byteLength
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
  let begin = 0
  return rows.map((count) => {
    const part = outputs.map((whole) => {
      const size = whole.data instanceof ArrayBuffer ? whole.data.byteLength : whole.data.length
      const at = (row: number) => (row * size) / total
      const data = whole.data.slice(at(begin), at(begin + count))
      return { ...whole, shape: [count, ...whole.shape.slice(1)], data }
    })
    begin += count
    return part
  })
}
