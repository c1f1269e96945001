// What a key has asked and read, so that it reads one answer to each of its questions, a bounded number in all, and none after a lie.
// Source: PROOF.md beside this file, section 2. JSON; whoever keeps it seals it with the key (holderFile.ts).
// A state that somebody put back to an older one is not noticed: keep no copies of key files that are in use.

import { FrostglassError } from '../../errors.ts'
import type { Packing } from './packings.ts'

/** A question that was made. */
export interface MadeQuestion {
  /** 32 hexadecimal digits, drawn anew: masks, order and references are derived of it. */
  readonly nonce: string
  /** Of the owner's, and all with the references among them. */
  readonly images: number
  readonly all: number
  /** SHA-256 of the answer that was read, or is being read. */
  readonly answer: string | null
}

/** JSON. */
export interface KeyState {
  /** The newest last. Old ones are forgotten: their answers are read no more. */
  readonly questions: readonly MadeQuestion[]
  /** Ciphertexts of answers that were decrypted: images one at a time, or batches. */
  readonly read: number
  /** Why the key reads nothing any more. */
  readonly ended: 'failed' | null
}

export const freshState: KeyState = { questions: [], read: 0, ended: null }

/** Questions that are remembered. */
const mostQuestions = 4096

/**
 * Answers that a key reads, of images one at a time or of batches: with references a lie is found after a few; without, a service that is
 * shown the answers may read some of the key off each, and this bounds how much.
 */
export const mostAnswers: Readonly<
  Record<Packing, { readonly checked: number; readonly unchecked: number }>
> = {
  latency: { checked: 16_384, unchecked: 64 },
  throughput: { checked: 256, unchecked: 1 },
}

/** @throws FrostglassError `key` for a key that reads nothing any more */
export function requireAlive({ ended }: KeyState): void {
  if (ended === null) return
  throw new FrostglassError(
    'key',
    'this key reads nothing any more: an answer to it failed its checks',
    'Draw a new one (frostglass encrypt keys), and do not tell the service why.',
  )
}

/** With one question more. @throws FrostglassError `key` as {@link requireAlive} */
export function asked(state: KeyState, question: Omit<MadeQuestion, 'answer'>): KeyState {
  requireAlive(state)
  return { ...state, questions: [...state.questions, { ...question, answer: null }].slice(-mostQuestions) }
}

/**
 * Spends what reading an answer takes, before it is read.
 * @param hash of the answer: the same may be read again
 * @param packing one at a time each image of the question counts, references too; a batch counts once
 * @param most see {@link mostAnswers}
 * @throws FrostglassError `input` for an answer to no question of this key, or a second one to the same; `key` for a key that is
 * used up or reads nothing any more
 */
export function spent(
  state: KeyState,
  { nonce, hash, packing, most }: { nonce: unknown; hash: string; packing: Packing; most: number },
): { readonly question: MadeQuestion; readonly state: KeyState } {
  requireAlive(state)
  const question = state.questions.find((asked) => asked.nonce === nonce)
  if (!question)
    throw new FrostglassError(
      'input',
      'this is no answer to a question of this key',
      'Take the answer to a question that this key file made, and its newest copy.',
    )
  if (question.answer === hash) return { question, state }
  if (question.answer !== null)
    throw new FrostglassError(
      'input',
      'another answer to the same question was read already',
      'Ask anew: a question has one answer.',
    )
  const cost = packing === 'latency' ? question.all : 1
  if (state.read + cost > most)
    throw new FrostglassError(
      'key',
      `this key is used up: it has read ${state.read.toLocaleString('en')} answers of ${most.toLocaleString('en')}`,
      'Draw a new one: frostglass encrypt keys.',
    )
  const answered = { ...question, answer: hash }
  return {
    question: answered,
    state: {
      ...state,
      questions: state.questions.map((one) => (one === question ? answered : one)),
      read: state.read + cost,
    },
  }
}

/** After an answer that failed its checks. */
export const failed = (state: KeyState): KeyState => ({ ...state, ended: 'failed' })

/** A state, and where it is kept. */
export interface KeptState {
  /** As it is now. */
  now: KeyState
  /** Changes the newest that is kept, before what that allows is done; without a keeper this one. */
  change(change: (newest: KeyState) => KeyState): Promise<void>
}

export function keptState(
  now: KeyState,
  keep: ((change: (newest: KeyState) => KeyState) => Promise<void>) | undefined,
): KeptState {
  const kept: KeptState = {
    now,
    async change(change) {
      const apply = (newest: KeyState) => {
        kept.now = change(newest)
        return kept.now
      }
      if (keep) await keep(apply)
      else apply(kept.now)
    },
  }
  return kept
}

/**
 * Reads a state.
 * @throws TypeError for what is none
 */
export function readState(value: unknown): KeyState {
  const { questions, read, ended } = (value ?? {}) as Record<string, unknown>
  const wrong = (): never => {
    throw new TypeError('this is no state of a key')
  }
  const count = (v: unknown): number =>
    Number.isSafeInteger(v) && (v as number) >= 0 ? (v as number) : wrong()
  if (!Array.isArray(questions) || (ended !== null && ended !== 'failed')) return wrong()
  return {
    questions: questions.map((one: Record<string, unknown>): MadeQuestion => {
      const { nonce, answer } = one ?? {}
      if (!isHex(nonce, 32) || !(answer === null || isHex(answer, 64))) return wrong()
      return { nonce, images: count(one['images']), all: count(one['all']), answer }
    }),
    read: count(read),
    ended,
  }
}

const isHex = (v: unknown, digits: number): v is string =>
  typeof v === 'string' && v.length === digits && /^[0-9a-f]*$/.test(v)
