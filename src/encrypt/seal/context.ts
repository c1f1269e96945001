// A SEAL context of some parameters: its levels by number, its primes, and its handles.
// Source: Microsoft SEAL 4.1, examples/3_levels.cpp: the chain of parameters, one prime fewer at each link.

import type { Modulus, ParmsIdType, SEALContext } from 'node-seal'
import { type HeParameters, requireSecure } from './parameters.ts'
import { type Arena, createArena, loadSeal, type MainModule } from './runtime.ts'

/** What owner and service share: nothing of it is secret. */
export interface HeContext {
  readonly seal: MainModule
  readonly context: SEALContext
  readonly parameters: HeParameters
  /** Names the parameters of each level; `level` primes may still be taken off. */
  readonly levels: readonly ParmsIdType[]
  /** The prime that goes when a level is left, by level; entry 0 stays to the end. */
  readonly primes: readonly number[]
  /** Entry 0 of `primes`, exactly: of more than 53 bits it is no number. */
  readonly lastPrime: bigint
  /** t of BFV. */
  readonly plainModulus: bigint | null
  readonly arena: Arena
}

/**
 * Opens a context. Close its arena.
 * @param load which build of the library
 * @throws FrostglassError `usage` for parameters of less than 128 bits of security, or for which there are no primes
 */
export async function openContext(parameters: HeParameters, load = loadSeal): Promise<HeContext> {
  requireSecure(parameters)
  const seal = await load()
  const arena = createArena()
  const { scheme, degree, primes } = parameters
  const chosen = arena.own(new seal.EncryptionParameters(seal.SchemeType[scheme]))
  chosen.setPolyModulusDegree(degree)
  const modulus = arena.own(seal.CoeffModulus.Create(degree, Int32Array.from(primes)))
  chosen.setCoeffModulus(modulus)
  const plainModulus = scheme === 'bfv' ? batchingPrime(seal, arena, parameters) : null
  if (plainModulus) chosen.setPlainModulus(plainModulus)
  const context = arena.own(new seal.SEALContext(chosen, true, seal.SecLevelType.tc128))
  const exact = seal.jsArrayFromVecModulus(modulus) as bigint[]
  const values = exact.map(Number)
  const levels: ParmsIdType[] = []
  let data = arena.own(context.firstContextData())
  for (let level = primes.length - 2; level >= 0; level--) {
    levels[level] = arena.own(data.parmsId())
    if (level > 0) data = arena.own(data.nextContextData())
  }
  return {
    seal,
    context,
    parameters,
    levels,
    primes: values.slice(0, -1),
    lastPrime: exact[0]!,
    plainModulus: plainModulus ? plainModulus.value() : null,
    arena,
  }
}

function batchingPrime(
  seal: MainModule,
  arena: Arena,
  { degree, precision, which = 0 }: HeParameters,
): Modulus {
  const primes = arena.own(
    seal.PlainModulus.BatchingVector(degree, new Int32Array(which + 1).fill(precision)),
  )
  // They come in rising order, the largest last: of one more, the first is the next smaller.
  return arena.own(primes.get(0)!)
}
