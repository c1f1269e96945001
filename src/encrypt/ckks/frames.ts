// Messages over a stream of bytes: a length, a head of JSON, and parts of bytes behind it.
// Source: ours. Node's own channel between processes hands what the other side sends to V8's deserializer, on the thread of who
// listens: crafted bytes end in bare exceptions there, and sets of numbers that collide take hours that no signal ends.
// A reader takes no more than it was told to, before any of it is stored; it does not promise that a head makes sense.

import { joinPieces } from '../seal/parcel.ts'

/** What was said, and the bytes that came with it. */
export interface Frame {
  readonly said: unknown
  readonly parts: readonly Uint8Array[]
}

/** The most that a reader takes of one message. */
export interface FrameLimits {
  readonly head: number
  /** Of all parts. */
  readonly bytes: number
}

const lengthBytes = 4

/** A message as it travels. */
export function frameOf({ said, parts }: Frame): Uint8Array[] {
  const head = new TextEncoder().encode(JSON.stringify({ said, sizes: parts.map((part) => part.length) }))
  const length = new Uint8Array(lengthBytes)
  new DataView(length.buffer).setUint32(0, head.length, true)
  return [length, head, ...parts]
}

/**
 * Makes what is given the stream piece by piece.
 * @param onFrame told each message when it is whole
 * @returns a function that throws a RangeError for what is no message, or a larger one than allowed: nothing can be read behind it
 */
export function frameReader(
  limits: FrameLimits,
  onFrame: (frame: Frame) => void,
): (piece: Uint8Array) => void {
  let wanted = lengthBytes
  let stage: 'length' | 'head' | 'parts' = 'length'
  let head: { readonly said: unknown; readonly sizes: readonly number[] } | undefined
  let [pieces, held] = [[] as Uint8Array[], 0]
  const next = (bytes: Uint8Array) => {
    if (stage === 'length') {
      const length = new DataView(bytes.buffer, bytes.byteOffset).getUint32(0, true)
      if (length > limits.head) throw new RangeError(`a head of ${length} bytes`)
      ;[stage, wanted] = ['head', length]
      return
    }
    if (stage === 'head') {
      head = headOf(bytes, limits.bytes)
      ;[stage, wanted] = ['parts', head.sizes.reduce((sum, size) => sum + size, 0)]
      return
    }
    const { said, sizes } = head!
    let at = 0
    const parts = sizes.map((size) => {
      at += size
      return bytes.slice(at - size, at)
    })
    ;[stage, wanted, head] = ['length', lengthBytes, undefined]
    onFrame({ said, parts })
  }
  return (piece) => {
    pieces.push(piece)
    held += piece.length
    if (held < wanted) return
    let all = pieces.length === 1 ? piece : joinPieces(pieces)
    while (all.length >= wanted) {
      const frame = all.subarray(0, wanted)
      all = all.subarray(wanted)
      next(frame)
    }
    ;[pieces, held] = [[all], all.length]
  }
}

/** @throws RangeError */
function headOf(bytes: Uint8Array, most: number): { readonly said: unknown; readonly sizes: number[] } {
  let head: { readonly said?: unknown; readonly sizes?: unknown } | null
  try {
    head = JSON.parse(new TextDecoder().decode(bytes))
  } catch {
    throw new RangeError('a head that is no JSON')
  }
  const { said, sizes } = head ?? {}
  if (!Array.isArray(sizes)) throw new RangeError('a head without sizes')
  let sum = 0
  for (const size of sizes) {
    if (!(Number.isSafeInteger(size) && size >= 0)) throw new RangeError('a part whose size is no number')
    sum += size
    if (sum > most) throw new RangeError(`more than ${most} bytes`)
  }
  return { said, sizes }
}
