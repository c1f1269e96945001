// What a round is set up with: held to its ranges, as bytes for the wire, and as the digest that everything is bound to.
// Source: ours; the range follows from n · range < R/2 (PROOF.md, lemma 6).
// It does not judge whether the population is the right one: that is for whoever opens a node.

import { FrostglassError } from '../../errors.ts'
import type { EnrolledNode, SecureSetup, ServerModel } from './contract.ts'
import { digest, keyBytes } from './crypto.ts'
import { chooseParameters } from './parameters.ts'
import { malformed, reader, sameBytes, writer } from './wire.ts'

/** Who may take part at most: lists and neighbourhoods are looked at whole. */
export const mostNodes = 4096
const mostNumbers = 2 ** 26
const version = 2

const models: readonly ServerModel[] = ['active', 'semi-honest']

/** log2 of the chance that noise carries a sum beyond half of the modulus, which is a wrong sum. */
const wrapBits = 40

/** How far from 0 numbers of a sum of `nodes` may lie: all at their range, and what noise adds but once in 2^40. */
export function reachOf({ range, noise, length }: SecureSetup, nodes: number): bigint {
  const most = BigInt(nodes) * range
  if (!noise) return most
  // P[|Z| > z] ≤ 2 exp(−z² / 2nσ²) for a sum of n discrete Gaussians (PROOF.md, lemma 7), for each of `length` numbers.
  const variance = (nodes * Number(noise.numerator)) / Number(noise.denominator)
  const reach = Math.sqrt(2 * variance * (Math.log(2 * length) + wrapBits * Math.LN2))
  if (!Number.isFinite(reach)) throw wrong('the noise is no number that could be added up')
  return most + BigInt(Math.ceil(reach * (1 + 2 ** -40)))
}

const wrong = (why: string): FrostglassError =>
  new FrostglassError(
    'usage',
    `this is no setup of secure aggregation: ${why}`,
    'Set the round up otherwise.',
  )

/** @throws FrostglassError `usage` unless all of it is within its ranges, fits together, and some graph holds what it asks for. */
export function requireSetup(setup: SecureSetup): void {
  const { session, purpose, round, population, server, corrupted, dropouts } = setup
  const { fewest, length, bits, range, noise } = setup
  const count = (what: string, value: number, least: number, most: number) => {
    if (!Number.isSafeInteger(value) || value < least || value > most)
      throw wrong(`${what} must be ${least} … ${most}, but is ${value}`)
  }
  if (session.length !== keyBytes) throw wrong(`a session has ${keyBytes} bytes, not ${session.length}`)
  if (purpose.length !== keyBytes) throw wrong(`a purpose has ${keyBytes} bytes, not ${purpose.length}`)
  count('the round', round, 0, 2 ** 32 - 1)
  count('the size of the population', population.length, 2, mostNodes)
  requirePopulation(population)
  if (!models.includes(server)) throw wrong(`the server is one of ${models.join(', ')}, not ${server}`)
  count('the number of corrupted nodes', corrupted, 0, population.length)
  count('the number of dropouts', dropouts, 0, population.length)
  count('the fewest advertisements', fewest, 2, population.length)
  count('the length of a vector', length, 1, mostNumbers)
  count('the bits of privacy', setup.privacy, 1, 128)
  count('the bits of delivery', setup.delivery, 1, 64)
  if (bits !== 32 && bits !== 64) throw wrong(`numbers have 32 or 64 bits, not ${bits}`)
  if (range < 1n) throw wrong(`numbers lie in −range … range, and ${range} is no such range`)
  for (const part of noise ? [noise.numerator, noise.denominator] : [])
    if (part < 1n || part >= 1n << 256n) throw wrong('the noise is no positive fraction of 256 bits')
  const reach = reachOf(setup, population.length)
  if (reach >= 1n << BigInt(bits - 1))
    throw wrong(`sums may be as far from 0 as ${reach}, which ${bits} bits cannot hold: take a smaller range`)
  for (const nodes of new Set([fewest, population.length])) chooseParameters(setup, nodes)
}

function requirePopulation(population: readonly EnrolledNode[]): void {
  const seen = new Set<string>()
  for (const { name, identity } of population) {
    if (!/^[\x21-\x7e]{1,64}$/.test(name))
      throw wrong(`a name has 1 to 64 visible characters: ${JSON.stringify(name)}`)
    if (identity.length !== keyBytes) throw wrong(`the key of ${name} has ${identity.length} bytes`)
    for (const mark of [`name ${name}`, `key ${Buffer.from(identity).toString('hex')}`]) {
      if (seen.has(mark)) throw wrong(`two nodes have the ${mark}`)
      seen.add(mark)
    }
  }
}

/** The setup as bytes: equal setups have equal bytes. @throws FrostglassError `usage` as {@link requireSetup} */
export function encodeSetup(setup: SecureSetup): Uint8Array {
  requireSetup(setup)
  const out = writer().byte(version).bytes(setup.session).bytes(setup.purpose)
  out.word(setup.round).short(setup.population.length)
  for (const { name, identity } of setup.population) out.text(name).bytes(identity)
  out.byte(models.indexOf(setup.server)).short(setup.corrupted).short(setup.dropouts).short(setup.fewest)
  out.word(setup.length).byte(setup.bits).long(setup.range)
  const { numerator, denominator } = setup.noise ?? { numerator: 0n, denominator: 1n }
  out.text(numerator.toString(16)).text(denominator.toString(16))
  return out.byte(setup.privacy).byte(setup.delivery).finish()
}

/**
 * The setup of some bytes.
 * @throws FrostglassError `input` for bytes that no setup has, `usage` for those of one that is out of its ranges
 */
export function decodeSetup(bytes: Uint8Array): SecureSetup {
  const what = 'the setup of the round'
  const from = reader(bytes, what)
  const is = from.byte()
  if (is !== version)
    throw malformed(what, `it is of version ${is}, and this program knows version ${version}`)
  const session = from.bytes(keyBytes)
  const purpose = from.bytes(keyBytes)
  const round = from.word()
  const population = Array.from({ length: Math.min(from.short(), mostNodes + 1) }, () => ({
    name: from.text(),
    identity: from.bytes(keyBytes),
  }))
  const server = models[from.byte()]
  if (!server) throw malformed(what, 'it does not say what the server may do')
  const [corrupted, dropouts, fewest] = [from.short(), from.short(), from.short()]
  const length = from.word()
  const bits = from.byte() as 32 | 64
  const range = from.long()
  const [numerator, denominator] = [hex(from.text(), what), hex(from.text(), what)]
  const noise = numerator === 0n ? undefined : { numerator, denominator }
  const [privacy, delivery] = [from.byte(), from.byte()]
  from.end()
  const read = {
    session,
    purpose,
    round,
    population,
    server,
    corrupted,
    dropouts,
    fewest,
    length,
    bits,
    range,
  }
  const setup: SecureSetup = Object.freeze({ ...read, noise, privacy, delivery })
  if (!sameBytes(encodeSetup(setup), bytes)) throw malformed(what, 'it is not in the one form that it has')
  return setup
}

function hex(text: string, what: string): bigint {
  if (!/^[0-9a-f]{1,64}$/.test(text)) throw malformed(what, 'the noise in it is no fraction')
  return BigInt(`0x${text}`)
}

/** The digest that every signature, key and seal of the round is bound to. */
export const setupDigest = (setup: SecureSetup): Uint8Array<ArrayBuffer> =>
  digest('setup', encodeSetup(setup))
