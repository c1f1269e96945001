// Weights and checkpoints as bytes: one file with a header that JSON can read and the tensors behind it.
// Source: the layout of safetensors (length, JSON header, raw little-endian tensors), with a magic word, a version and a checksum.
// Writing the file atomically, and keeping it from others, is the caller's part.

import { sha256 } from '@noble/hashes/sha2.js'
import { FrostglassError } from '../errors.ts'
import { sizeOf, type Tensor, tensor } from '../graph/index.ts'
import type { CallbackState } from './callbacks.ts'
import type { EpochRecord } from './epochRecord.ts'
import type { Weights } from './model.ts'

/** What is needed to go on with training exactly as if it had not stopped. */
export interface Checkpoint {
  readonly seed: number
  /** Whether a callback had ended the training. */
  readonly finished: boolean
  /** The epochs that are done. */
  readonly history: readonly EpochRecord[]
  /** Of each callback, in order. */
  readonly states: readonly CallbackState[]
  readonly learningRate: number
  /** The best epoch's weights, when a callback is to restore them. */
  readonly best: { readonly epoch: number; readonly weights: Weights } | undefined
  /** Weights and statistics that training changes, and what the optimiser remembers. */
  readonly variables: Weights
}

const magic = 'frostglass weights 2\n'
/** As before, but for the checksum. */
const unsummed = 'frostglass weights 1\n'
/** SHA-256 of all that follows it. */
const sumLength = 32

/** The bytes of named tensors. */
export const writeWeights = (weights: Weights): Uint8Array => pack({ kind: 'weights' }, { weights })

/** @throws FrostglassError `input` for bytes that {@link writeWeights} did not write, or that were cut off or changed */
export const readWeights = (bytes: Uint8Array): Weights => unpack(bytes, 'weights').groups['weights'] ?? {}

/** The bytes of a checkpoint. */
export function writeCheckpoint(checkpoint: Checkpoint): Uint8Array {
  const { variables, best, ...rest } = checkpoint
  return pack(
    { kind: 'checkpoint', ...rest, bestEpoch: best?.epoch },
    { variables, ...(best ? { best: best.weights } : {}) },
  )
}

/** @throws FrostglassError `input` for bytes that {@link writeCheckpoint} did not write, or that were cut off or changed */
export function readCheckpoint(bytes: Uint8Array): Checkpoint {
  const { header, groups } = unpack(bytes, 'checkpoint')
  const { seed, finished, history, states, learningRate, bestEpoch } = header as unknown as Checkpoint & {
    bestEpoch?: number | undefined
  }
  const { variables = {}, best } = groups
  const kept = best && bestEpoch !== undefined ? { epoch: bestEpoch, weights: best } : undefined
  return { seed, finished, history, states, learningRate, best: kept, variables }
}

interface Entry {
  readonly group: string
  readonly name: string
  readonly dtype: 'float32' | 'float64'
  readonly shape: readonly number[]
}

function isEntry(value: unknown): value is Entry {
  const { group, name, dtype, shape } = (value ?? {}) as Partial<Entry>
  return (
    typeof group === 'string' &&
    typeof name === 'string' &&
    (dtype === 'float32' || dtype === 'float64') &&
    Array.isArray(shape) &&
    shape.every((side) => Number.isSafeInteger(side) && side >= 0)
  )
}

type Header = Readonly<Record<string, unknown>> & { readonly kind: string }

/** Named groups of tensors behind a header that JSON can hold, as bytes. */
export function pack(header: Header, groups: Readonly<Record<string, Weights>>): Uint8Array {
  const entries: Entry[] = []
  const contents: Uint8Array[] = []
  for (const [group, weights] of Object.entries(groups)) {
    for (const [name, t] of Object.entries(weights)) {
      if (t.dtype !== 'float32' && t.dtype !== 'float64') {
        throw new TypeError(`'${name}' is ${t.dtype}; weights are float32 or float64`)
      }
      entries.push({ group, name, dtype: t.dtype, shape: t.shape })
      contents.push(new Uint8Array(t.data.buffer, t.data.byteOffset, t.data.byteLength))
    }
  }
  const json = new TextEncoder().encode(JSON.stringify({ ...header, tensors: entries }))
  const start = new TextEncoder().encode(magic)
  const length = new Uint8Array(4)
  new DataView(length.buffer).setUint32(0, json.length, true)
  const hash = sha256.create().update(length).update(json)
  for (const content of contents) hash.update(content)
  const parts = [start, hash.digest(), length, json, ...contents]
  const bytes = new Uint8Array(parts.reduce((sum, p) => sum + p.length, 0))
  let at = 0
  for (const part of parts) {
    bytes.set(part, at)
    at += part.length
  }
  return bytes
}

/**
 * What {@link pack} was given.
 * @param checked whether the caller has held the bytes against a checksum: then those of version 1, which has none, are read, too
 * @throws FrostglassError `input` for other bytes, or another `kind` of header
 */
export function unpack(
  bytes: Uint8Array,
  kind: string,
  { checked = false } = {},
): { header: Header; groups: Record<string, Weights> } {
  const refuse = (why: string, cause?: unknown): never => {
    throw new FrostglassError(
      'input',
      `this is not a ${kind} file: ${why}`,
      'Use a file that this version of frostglass has written, whole.',
      cause,
    )
  }
  const beginning = new TextDecoder().decode(bytes.subarray(0, magic.length))
  const summed = beginning === magic
  if (beginning === unsummed && !checked)
    refuse('an earlier version wrote it, without a checksum, so that damage would not be noticed')
  if (!summed && beginning !== unsummed) refuse('it begins otherwise')
  const start = magic.length + (summed ? sumLength : 0)
  const head = start + 4
  if (bytes.length < head) refuse('it is cut off')
  if (summed) {
    const sum = sha256(new Uint8Array(bytes.subarray(start)))
    if (sum.some((byte, i) => byte !== bytes[magic.length + i])) refuse('it is damaged, or cut off (SHA-256)')
  }
  const length = new DataView(bytes.buffer, bytes.byteOffset).getUint32(start, true)
  if (head + length > bytes.length) refuse('it is cut off')
  let header: Header & { tensors: readonly Entry[] }
  try {
    header = JSON.parse(new TextDecoder().decode(bytes.subarray(head, head + length)))
  } catch (cause) {
    return refuse('its header is damaged', cause)
  }
  if (header.kind !== kind || !Array.isArray(header.tensors)) refuse(`it is of kind '${header.kind}'`)
  const groups: Record<string, Record<string, Tensor>> = {}
  let at = head + length
  for (const entry of header.tensors) {
    if (!isEntry(entry)) return refuse('its header is damaged')
    const { group, name, dtype, shape } = entry
    const size = sizeOf(shape) * (dtype === 'float64' ? 8 : 4)
    if (!(size >= 0) || at + size > bytes.length) refuse(`'${name}' is cut off`)
    // A copy, since a typed array must begin at a multiple of its element's size. (A Buffer's `slice` is none.)
    const content = new Uint8Array(bytes.subarray(at, at + size)).buffer
    const data = dtype === 'float64' ? new Float64Array(content) : new Float32Array(content)
    groups[group] ??= {}
    // Not by assignment: a file may name a weight __proto__.
    Object.defineProperty(groups[group], name, {
      value: tensor(data, shape, dtype),
      enumerable: true,
      configurable: true,
      writable: true,
    })
    at += size
  }
  if (at !== bytes.length) refuse('there are bytes behind its end')
  return { header, groups }
}
