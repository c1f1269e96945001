// A node's state between two messages, as values and as the bytes that are kept on disk.
// Source: ours. Each field is there from the stage that makes it until the last that needs it: then it is gone for good.
// It is SECRET. A copy put back after the node went on lets the node answer twice, which bares it: never restore a backup.

import { FrostglassError } from '../../errors.ts'
import type { Fault, SecureSetup, Stage } from './contract.ts'
import { keyBytes } from './crypto.ts'
import { shareBytes } from './shamir.ts'
import { malformed, type Reader, reader, sameBytes, type Writer, writer } from './wire.ts'

/** Somebody on the list, as a node remembers it. */
export interface Member {
  /** Number in the population. */
  readonly index: number
  readonly sealKey: Uint8Array
  readonly maskKey: Uint8Array
}

/** The shares that a neighbour gave. */
export interface HeldShares {
  readonly self: Uint8Array
  readonly pair: Uint8Array
}

/** All that a node knows. */
export interface NodeState {
  /** The stage whose message comes next. */
  readonly stage: Stage
  /** X25519 secrets; gone once the vector is masked. */
  readonly secrets?: { readonly seal: Uint8Array; readonly mask: Uint8Array } | undefined
  /** Seed of its own mask; gone once the vector is masked. */
  readonly seed?: Uint8Array | undefined
  /** The list's digest and who is on it. */
  readonly list?: { readonly digest: Uint8Array; readonly members: readonly Member[] } | undefined
  /** Bits of who shared, and of who survived. */
  readonly sharers?: Uint8Array | undefined
  readonly survivors?: Uint8Array | undefined
  /** Shares by the neighbour's number on the list. */
  readonly held?: ReadonlyMap<number, HeldShares> | undefined
  /** The digest of the message that was answered last, and the answer. */
  readonly last?: { readonly question: Uint8Array; readonly answer: Uint8Array } | undefined
}

/** Itself, to the steps. */
export interface Party {
  readonly setup: SecureSetup
  /** The setup's digest. */
  readonly round: Uint8Array
  /** Its number in the population. */
  readonly index: number
  readonly identity: Uint8Array
}

/** What a step of a node comes to. */
export interface Outcome {
  readonly state: NodeState
  readonly answer: Uint8Array
  readonly faults?: readonly Fault[]
}

const version = 1
const stages: readonly Stage[] = ['advertise', 'share', 'mask', 'agree', 'unmask', 'done']
const what = 'the kept state of the node'

/** @param round the setup's digest @param index the node's number in the population */
export function encodeState(state: NodeState, round: Uint8Array, index: number): Uint8Array {
  const out = writer().byte(version).bytes(round).short(index).byte(stages.indexOf(state.stage))
  optional(out, state.secrets, ({ seal, mask }) => out.bytes(seal).bytes(mask))
  optional(out, state.seed, (seed) => out.bytes(seed))
  optional(out, state.list, ({ digest, members }) => {
    out.bytes(digest).short(members.length)
    for (const { index: at, sealKey, maskKey } of members) out.short(at).bytes(sealKey).bytes(maskKey)
  })
  optional(out, state.sharers, (bits) => out.sized(bits))
  optional(out, state.survivors, (bits) => out.sized(bits))
  optional(out, state.held, (held) => {
    out.short(held.size)
    for (const [node, { self, pair }] of held) out.short(node).bytes(self).bytes(pair)
  })
  optional(out, state.last, ({ question, answer }) => out.bytes(question).sized(answer))
  return out.finish()
}

function optional<T>(out: Writer, value: T | undefined, write: (value: T) => void): void {
  out.byte(value === undefined ? 0 : 1)
  if (value !== undefined) write(value)
}

/**
 * The state of {@link encodeState}.
 * @throws FrostglassError `input` for other bytes, `usage` for the state of another round or node
 */
export function decodeState(bytes: Uint8Array, round: Uint8Array, index: number): NodeState {
  const from = reader(bytes, what)
  if (from.byte() !== version) throw malformed(what, 'it is of another version')
  if (!sameBytes(from.bytes(keyBytes), round) || from.short() !== index)
    throw new FrostglassError(
      'usage',
      `${what} is of another round or node`,
      'Give the state that was kept of this one, or begin afresh.',
    )
  const stage = stages[from.byte()]
  if (!stage) throw malformed(what, 'it does not say where the node stands')
  const state: NodeState = {
    stage,
    secrets: given(from, () => ({ seal: from.bytes(keyBytes), mask: from.bytes(keyBytes) })),
    seed: given(from, () => from.bytes(keyBytes)),
    list: given(from, () => ({
      digest: from.bytes(keyBytes),
      members: Array.from({ length: from.short() }, () => ({
        index: from.short(),
        sealKey: from.bytes(keyBytes),
        maskKey: from.bytes(keyBytes),
      })),
    })),
    sharers: given(from, () => from.sized(from.left())),
    survivors: given(from, () => from.sized(from.left())),
    held: given(
      from,
      () =>
        new Map(
          Array.from({ length: from.short() }, () => [
            from.short(),
            { self: from.bytes(shareBytes), pair: from.bytes(shareBytes) },
          ]),
        ),
    ),
    last: given(from, () => ({ question: from.bytes(keyBytes), answer: from.sized(from.left()) })),
  }
  from.end()
  return state
}

function given<T>(from: Reader, read: () => T): T | undefined {
  const is = from.byte()
  if (is > 1) throw malformed(what, 'a part of it is neither there nor missing')
  return is === 1 ? read() : undefined
}
