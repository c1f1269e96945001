import { describe, expect, it } from 'vitest'
import { images, polynomialNetwork, smallNetwork } from '../../../test/encryptedNetworks.ts'
import { readQuestion } from './answering.ts'
import { compileNetwork, plansOf, readEncryptedCard } from './compiled.ts'
import { createKeyHolder } from './keyHolder.ts'

const network = smallNetwork()
const pictures = images(3, 6)
const model = compileNetwork(network, ['a', 'b', 'c'])
const joined = (pieces: Iterable<Uint8Array>) => new Uint8Array(Buffer.concat([...pieces]))

describe('asking a model with encrypted images', () => {
  it('is for the model that the keys were made for', async () => {
    const other = compileNetwork(
      polynomialNetwork(
        6,
        { filters: 2, kernel: [3, 3], stride: [2, 2], padding: [0, 0] },
        { units: 5, classes: 3 },
      ),
    )
    const holder = await createKeyHolder(model.card, 'latency')
    const question = joined(await holder.question(pictures.slice(0, 1)))
    // Fewer windows, but as many ciphertexts: what it then computes is not what was asked, and parameters are the same.
    expect(other.plans.latency!.ciphertexts).toBe(1)
    expect(readQuestion(question, other.plans).rows.length).toBe(1)
    holder.close()
    await expect(createKeyHolder({ ...model.card, latency: null }, 'latency')).rejects.toThrow(/not offered/)
  })
})

describe('a card from a service that is not trusted', () => {
  /** The card with something else at a path. */
  const changed = (path: string, value: unknown) => () => {
    const card = structuredClone(model.card) as object
    const names = path.split('.')
    const last = names.pop()!
    const place = names.reduce((at, name) => (at as Record<string, unknown>)[name], card as unknown)
    ;(place as Record<string, unknown>)[last] = value
    return plansOf(readEncryptedCard(card, 'the service'))
  }

  it('is refused where it is none', () => {
    expect(() => readEncryptedCard(null, 'the service')).toThrow(/the service: the card is no object/)
    expect(changed('format', 'x')).toThrow(/format/)
    expect(changed('shape.input', [1, 1e9, 1])).toThrow(/side of the input/)
    expect(changed('shape.input', [1, 4096, 4096])).toThrow(/too large/)
    expect(changed('shape.layers.0.kernel', [99, 99])).toThrow(/larger than the image/)
    expect(changed('shape.layers.1.kind', 'relu')).toThrow(/no known kind/)
    expect(changed('classes', ['a'])).toThrow(/1 classes for 3 outputs/)
    for (const name of ['=1+1', '@SUM(A1)', '+cmd|x', '-2+3', ''])
      expect(changed('classes', ['a', 'b', name])).toThrow(/or one that is a formula/)
    expect(changed('classes', ['-1', '+2.5', 'a=b'])).not.toThrow()
    expect(changed('throughput.scale', -1)).toThrow(/scale/)
    expect(() => readEncryptedCard({ ...model.card, latency: null, throughput: null }, 'x')).toThrow(
      /no packing/,
    )
  })

  it('cannot make its client swell', () => {
    const choice = { bits: 30, moduli: 1, levels: 15, scale: 1, bound: 5 }
    const card = (input: readonly number[], outputs: number, moduli = 1) => ({
      ...model.card,
      shape: { input, layers: [{ kind: 'dense', outputs }] },
      classes: null,
      latency: null,
      throughput: { ...choice, moduli },
    })
    const sizes: [readonly number[], number, number][] = [
      [[1, 1024, 1024], 10, 1],
      [[1, 1024, 1024], 10, 6],
      [[1, 1, 1], 1 << 20, 1],
      [[3, 160, 160], 10, 1],
    ]
    for (const [input, outputs, moduli] of sizes)
      expect(() => readEncryptedCard(card(input, outputs, moduli), 'the service')).toThrow(
        /the service: a batch would take \d+\.\d GB, and 4 is taken/,
      )
    // Three digits of MNIST's size, with room: 2,353 ciphertexts a modulus.
    expect(plansOf(readEncryptedCard(card([3, 28, 28], 10, 3), 'x')).throughput?.inputs).toBe(2352)
    const weights = new Float64Array(3 * 160 * 160)
    const large = {
      input: [3, 160, 160] as const,
      layers: [{ kind: 'dense' as const, outputs: 1, weights, bias: new Float64Array(1) }],
    }
    expect(() => compileNetwork(large)).toThrow(/a batch would take \d+\.\d GB, and 4 is taken/)
  })

  it('cannot ask for less than 128 bits of security', () => {
    // Parameters are not in it; what derives them takes a larger ring for more bits.
    expect(JSON.stringify(model.card)).not.toMatch(/primes|degree/)
    expect(changed('latency.precision', 36)()).toMatchObject({
      latency: { parameters: { degree: 16384 } },
    })
    // Scales for which there are no primes, or too few.
    for (const precision of [23, 20, 37, 50])
      expect(changed('latency.precision', precision)).toThrow(/precision is not a whole number from 24 to 36/)
    expect(changed('latency.range', 45)).toThrow(/the service: one image at a time: answers may reach/)
    expect(changed('throughput.moduli', 7)).toThrow(/moduli/)
  })
})
