// What encrypted inference is given: compiled networks by name, and what bounds keys, questions and time.
// Source: encrypt/inference/compiled.ts; limits of ../v2/contract.ts for everything else.
// Limits bound what one process holds and answers; nobody is asked who they are, so a limit of a key is none of its owner.

import { availableParallelism } from 'node:os'
import { type Given, withDefaults } from '../../defaults.ts'
import type { CompiledNetwork } from '../../encrypt/index.ts'
import { FrostglassError } from '../../errors.ts'

/** A network that is answered on ciphertexts. */
export interface EncryptedModel {
  /** Letters, digits, `.`, `_` and `-`: it stands in the URL. */
  readonly name: string
  readonly model: CompiledNetwork
}

/** What bounds it. */
export interface EncryptedLimits {
  /** Keys held at a time, of one holder each; those not asked with for the longest time go first. Default 16. */
  readonly keys: number
  /** Bytes of all keys held. Default 2 GiB. */
  readonly keyBytes: number
  /** Images of one question, one at a time; a batch has as many as its plan. Default 16. */
  readonly images: number
  /** Bytes of bodies held at a time; more is answered 503. Default 1 GiB, or twice the largest body if that is more. */
  readonly maxHeld: number
  /** Threads that compute. Default: the machine's cores. */
  readonly concurrency: number
  /** Keys that each thread keeps ready: opened keys take several times their bytes. Default 2. */
  readonly opened: number
  /** Seconds for a body to arrive (408), and for an answer to be computed (504). Default 600. */
  readonly timeout: number
  /** Images of a model that one key is answered (429 beyond). Default: one fewer than can tell all its weights. */
  readonly imagesPerKey: number | null
  /** Images of a model that all keys together are answered. Default: ten times as many as can tell all its weights. */
  readonly imagesInAll: number | null
}

/** Encrypted inference beside the protocol's models. */
export interface EncryptedOptions {
  readonly models: readonly EncryptedModel[]
  readonly limits?: Partial<EncryptedLimits> | undefined
}

/**
 * The limits that hold unless others are given.
 * @param largestBody bytes, by the images of a question
 * @throws RangeError for one out of range
 */
export function encryptedLimits(
  given: Given<EncryptedLimits> = {},
  largestBody: (images: number) => number = () => 0,
): EncryptedLimits {
  const { images = 16 } = given
  const limits = withDefaults<EncryptedLimits>(
    {
      keys: 16,
      keyBytes: 2 ** 31,
      images,
      maxHeld: Math.max(2 ** 30, 2 * largestBody(images)),
      concurrency: availableParallelism(),
      opened: 2,
      timeout: 600,
      imagesPerKey: null,
      imagesInAll: null,
    },
    given,
  )
  for (const [name, value] of Object.entries(limits)) {
    if (value === null && name.startsWith('images')) continue
    if (!((value as number) > 0) || (name !== 'timeout' && !Number.isInteger(value)))
      throw new RangeError(`limit ${name}: expected a number above 0, got ${value}`)
  }
  return limits
}

/**
 * The models by name.
 * @throws FrostglassError `usage` for a name that no URL holds, or two of one name
 */
export function namedModels(models: readonly EncryptedModel[]): ReadonlyMap<string, CompiledNetwork> {
  const all = new Map<string, CompiledNetwork>()
  for (const { name, model } of models) {
    if (!/^[A-Za-z0-9][A-Za-z0-9._-]{0,127}$/.test(name))
      throw new FrostglassError(
        'usage',
        `'${name}' cannot name a model`,
        'Use letters, digits, ., _ and -, and begin with a letter or digit.',
      )
    if (all.has(name))
      throw new FrostglassError(
        'usage',
        `two encrypted models are called '${name}'`,
        'Name each: --encrypted name=file.onnx.',
      )
    all.set(name, model)
  }
  return all
}
