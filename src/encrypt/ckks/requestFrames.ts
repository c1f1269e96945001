// Requests of an owner as messages: whatever is bytes in them travels as a part.
// Source: messages.ts, frames.ts. Read by the process alone, which believes its owner: an owner reads replies field by field.

import type { Frame } from './frames.ts'
import type { ModelRequest } from './messages.ts'

/** The descriptor of the channel in the process. */
export const channelDescriptor = 3

const kinds = { Uint8Array, Float32Array } as const
type Kind = keyof typeof kinds

/** Stands in a head where bytes were. */
interface Place {
  readonly part: number
  readonly of: Kind
}

/** A request with its bytes taken out. */
export function requestFrame(request: ModelRequest): Frame {
  const parts: Uint8Array[] = []
  const taken = (value: unknown): unknown => {
    if (value instanceof Uint8Array || value instanceof Float32Array) {
      parts.push(new Uint8Array(value.buffer, value.byteOffset, value.byteLength))
      return {
        part: parts.length - 1,
        of: value instanceof Float32Array ? 'Float32Array' : 'Uint8Array',
      } satisfies Place
    }
    if (Array.isArray(value)) return value.map(taken)
    if (typeof value !== 'object' || value === null) return value
    return Object.fromEntries(Object.entries(value).map(([name, part]) => [name, taken(part)]))
  }
  return { said: taken(request), parts }
}

/** The request again. */
export function requestOf({ said, parts }: Frame): ModelRequest {
  const put = (value: unknown): unknown => {
    if (Array.isArray(value)) return value.map(put)
    if (typeof value !== 'object' || value === null) return value
    if ('part' in value && 'of' in value) {
      const { part, of } = value as Place
      const bytes = parts[part]!
      // A part is a copy of its own: it begins where its buffer does.
      return new kinds[of](bytes.buffer as ArrayBuffer)
    }
    return Object.fromEntries(Object.entries(value).map(([name, part]) => [name, put(part)]))
  }
  return put(said) as ModelRequest
}
