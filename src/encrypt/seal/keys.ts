// Keys of either scheme: made, wrapped, and read again.
// Source: SEAL 4.1: keys that go over a wire have a seed in the place of half of them.

import { bytesToHex } from '@noble/hashes/utils.js'
import type { GaloisKeys, KeyGenerator, PublicKey, RelinKeys, SecretKey } from 'node-seal'
import { FrostglassError } from '../../errors.ts'
import { power } from '../integers.ts'
import type { HeContext } from './context.ts'
import { type EnvelopeKind, unwrap, wrap } from './envelope.ts'
import { loadableCiphertext, loadableKeys, ownOfSavedKey, savedKeyBytes } from './loadable.ts'
import type { HeParameters } from './parameters.ts'
import { orRefuse } from './runtime.ts'

/** Public keys with which a service computes. */
export interface EvaluationKeys {
  readonly parameters: HeParameters
  /** Absent where nothing is multiplied by a ciphertext. */
  readonly relinearisation?: Uint8Array | undefined
  /** For the steps that were asked for, and no others. */
  readonly rotations?: Uint8Array | undefined
  /** With which the service adds encryptions of zero, so that its answers show nothing of how they came about. */
  readonly encryption?: Uint8Array | undefined
  /** Of which the service adds random multiples, so that they show nothing to who lies about the others either. */
  readonly zeros?: Uint8Array | undefined
}

/** What a service needs of an owner. */
export interface KeyNeeds {
  readonly relinearisation?: boolean | undefined
  readonly rotations?: readonly number[] | undefined
  readonly encryption?: boolean | undefined
}

/** A key pair of a context. */
export interface OwnKeys {
  readonly generator: KeyGenerator
  readonly secret: SecretKey
  /** Sixteen hexadecimal digits, random: names the key, and says nothing of it. */
  readonly key: string
}

/** Draws keys. */
export function drawKeys({ seal, arena, context }: HeContext): OwnKeys {
  const generator = arena.own(new seal.KeyGenerator(context))
  const key = bytesToHex(globalThis.crypto.getRandomValues(new Uint8Array(8)))
  return { generator, secret: arena.own(generator.secretKey()), key }
}

/** Reads what {@link wrapSecret} gave. @throws FrostglassError `input` for damaged bytes or other parameters */
export function readKeys({ seal, arena, context, parameters }: HeContext, bytes: Uint8Array): OwnKeys {
  const { payload, key } = unwrap(bytes, 'secret', parameters)
  const secret = arena.own(new seal.SecretKey())
  orRefuse(
    () => secret.loadFromArray(context, payload),
    'the secret cannot be read',
    'Send or write it again: it may be damaged.',
  )
  return { generator: arena.own(new seal.KeyGenerator(context, secret)), secret, key }
}

/** The secret key in an envelope: to be sealed before it is written. */
export const wrapSecret = ({ seal, parameters }: HeContext, { secret, key }: OwnKeys): Uint8Array =>
  wrap('secret', parameters, key, secret.saveToArray(seal.ComprModeType.zstd) as Uint8Array)

/** Makes public keys for a service. */
export function makeEvaluationKeys(
  { seal, parameters }: HeContext,
  { generator, key }: OwnKeys,
  { relinearisation = false, rotations = [], encryption = false }: KeyNeeds,
): EvaluationKeys {
  const wrapped = (
    kind: PublicKind,
    keys: { saveToArray(mode: unknown): unknown; delete(): void },
    mode: unknown = seal.ComprModeType.zstd,
  ) => {
    const bytes = wrap(kind, parameters, key, keys.saveToArray(mode) as Uint8Array)
    keys.delete()
    return bytes
  }
  return {
    parameters,
    relinearisation: relinearisation
      ? wrapped('relinearisation keys', generator.createRelinKeysSerializable())
      : undefined,
    rotations:
      rotations.length > 0
        ? wrapped(
            'rotation keys',
            generator.createGaloisKeysSerializableWithSteps(Int32Array.from(new Set(rotations))),
          )
        : undefined,
    encryption: encryption
      ? wrapped('encryption key', generator.createPublicKeySerializable(), seal.ComprModeType.none)
      : undefined,
  }
}

/** The automorphism X ↦ X^e that rotates slots: SEAL's, of generator 3. @param steps from 0 up to a row's slots */
const galoisElement = (steps: number, { degree }: HeParameters): number =>
  Number(power(3n, BigInt(steps), BigInt(2 * degree)))

type PublicKind = Exclude<EnvelopeKind, 'ciphertext' | 'secret' | 'encryptions of zero'>

/**
 * Reads public keys.
 * @param needs what must be there, and all that is read: another would be missed in the middle of a computation, and tell of the
 * weights there that it was. Without: all that came, of an owner whom one trusts
 * @returns the name of their key, '' where there are none
 * @throws FrostglassError `input` for damaged keys, such of other parameters, and where one is missing; `key` for keys of two owners
 */
export function readEvaluationKeys(
  { seal, arena, context, parameters }: HeContext,
  keys: EvaluationKeys,
  needs?: KeyNeeds,
): {
  readonly key: string
  readonly relinearisation: RelinKeys
  readonly rotations: GaloisKeys
  /** Undefined where none came. */
  readonly encryption: PublicKey | undefined
} {
  let key = ''
  const load = (
    keys: RelinKeys | GaloisKeys | PublicKey,
    kind: PublicKind,
    bytes: Uint8Array | undefined,
    loadable: (payload: Uint8Array) => Uint8Array,
  ) => {
    if (!bytes) return
    const opened = unwrap(bytes, kind, parameters, key === '' ? {} : { wanted: key })
    key = opened.key
    orRefuse(
      () => keys.loadFromArray(context, loadable(opened.payload)),
      'the keys cannot be read',
      'Send them again: they may be damaged.',
    )
  }
  const relinearisation = arena.own(new seal.RelinKeys())
  const rotations = arena.own(new seal.GaloisKeys())
  const { degree } = parameters
  const steps = new Set(needs?.rotations)
  const name = 'the keys'
  if (!needs || needs.relinearisation)
    load(relinearisation, 'relinearisation keys', keys.relinearisation, (payload) =>
      loadableKeys(payload, parameters, { places: 1, most: 1, name }),
    )
  if (!needs || steps.size > 0)
    load(rotations, 'rotation keys', keys.rotations, (payload) =>
      loadableKeys(payload, parameters, { places: degree, most: needs ? steps.size : degree, name }),
    )
  let encryption: PublicKey | undefined
  if (keys.encryption) {
    requireSeeded(keys.encryption, parameters)
    encryption = arena.own(new seal.PublicKey())
    load(encryption, 'encryption key', keys.encryption, (payload) =>
      loadableCiphertext(payload, parameters, name),
    )
  }
  const missing = [
    ...(needs?.relinearisation && !keys.relinearisation ? ['to relinearise'] : []),
    ...[...steps]
      .filter((step) => !rotations.hasKey(galoisElement(step, parameters)))
      .map((step) => `to rotate by ${step}`),
  ]
  if (missing.length > 0)
    throw new FrostglassError(
      'input',
      `these keys do not fit: one ${missing[0]} is missing`,
      'Make them for its card: frostglass encrypt keys --for.',
    )
  return { key, relinearisation, rotations, encryption }
}

/**
 * What is a key's own of one to encrypt with: residues of its first polynomial, and the seed of the second.
 * @throws FrostglassError `input` as {@link requireSeeded}
 */
export function ownOfEncryptionKey(bytes: Uint8Array, parameters: HeParameters): readonly Uint8Array[] {
  const payload = requireSeeded(bytes, parameters)
  const { residues, seed } = ownOfSavedKey(parameters)
  return [payload.subarray(...residues), payload.subarray(...seed)]
}

/**
 * Requires that a key to encrypt with comes of a seed: a second polynomial that its owner chose (0, or one of small divisors) would
 * let the weights through. So it is not compressed, and of one polynomial's length and a seed's, exactly.
 * @throws FrostglassError `input` for another, and for damage
 */
function requireSeeded(bytes: Uint8Array, parameters: HeParameters): Uint8Array {
  const { payload } = unwrap(bytes, 'encryption key', parameters)
  if (payload.length !== savedKeyBytes(parameters) || payload[5] !== 0)
    throw new FrostglassError(
      'input',
      'the key to encrypt with does not come of a seed',
      'Make the keys anew: frostglass encrypt keys.',
    )
  return payload
}
