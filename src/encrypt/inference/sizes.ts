// The most bytes of what travels: keys, questions and answers of a plan, for those who must say no before they read.
// Source: parameters.ts (8 bytes a coefficient); SEAL 4.1: a key switching key is a ciphertext a prime, and what is fresh has a
// seed in the place of half of it. Compression only makes them smaller; what it cannot is in the slack.

import { zeroFormOf } from '../bfv/zeros.ts'
import { zeroForm } from '../ckks/zeroForm.ts'
import { ciphertextBytes, type HeParameters } from '../seal/parameters.ts'
import { zeroBytes } from '../seal/zeros.ts'
import type { EncryptedPlans } from './compiled.ts'

/** Headers, lengths, seeds and what compression adds to what it cannot compress. */
const withSlack = (bytes: number, pieces: number) => Math.ceil(1.01 * bytes) + 1024 * pieces + (1 << 16)

/** A key for one rotation, or for relinearisation: over all primes, also the one of key switching. */
const keyBytes = ({ degree, primes }: HeParameters): number =>
  (primes.length - 1) * degree * primes.length * 8

/** The key with which zeros are encrypted: two polynomials over all primes, a seed for one of them. */
const encryptionBytes = ({ degree, primes }: HeParameters): number => degree * primes.length * 8

/** The most bytes of a keys parcel of any packing of a model. */
export function mostKeyBytes({ latency, throughput }: EncryptedPlans): number {
  const single = latency
    ? (latency.rotations.length + 1) * keyBytes(latency.parameters) +
      encryptionBytes(latency.parameters) +
      zeroBytes(latency.parameters.degree, zeroForm)
    : 0
  const batch = throughput
    ? throughput.moduli.reduce(
        (sum, parameters) =>
          sum +
          keyBytes(parameters) +
          encryptionBytes(parameters) +
          zeroBytes(parameters.degree, zeroFormOf(parameters)),
        0,
      )
    : 0
  // Each is a few parts, whatever the number of keys in one.
  return withSlack(Math.max(single, batch), 64)
}

/** The most bytes of a question. @param images one at a time; a batch has one size */
export function mostQuestionBytes({ latency, throughput }: EncryptedPlans, images: number): number {
  const pieces = (latency ? images * (latency.ciphertexts + 1) : 0) + (throughput ? inputsOf(throughput) : 0)
  // The mask is at the last level: one prime, and a seed for half of it.
  const single = latency
    ? images *
      ((latency.ciphertexts * ciphertextBytes(latency.parameters)) / 2 + latency.parameters.degree * 8)
    : 0
  const batch = throughput ? (inputsOf(throughput) * ciphertextBytes(throughput.moduli[0]!)) / 2 : 0
  return withSlack(Math.max(single, batch), pieces)
}

/** The most bytes of an answer. */
export function mostAnswerBytes({ latency, throughput }: EncryptedPlans, images: number): number {
  const single = latency ? images * ciphertextBytes(latency.parameters) : 0
  const outputs = throughput ? throughput.outputs * throughput.moduli.length : 0
  const batch = throughput ? outputs * ciphertextBytes(throughput.moduli[0]!) : 0
  return withSlack(Math.max(single, batch), images + outputs)
}

/** Ciphertexts of a batch: the mask of each modulus, too. */
const inputsOf = ({ inputs, moduli }: NonNullable<EncryptedPlans['throughput']>) =>
  (inputs + 1) * moduli.length
