import { expect, it } from 'vitest'
import { smallNetwork } from '../../../test/encryptedNetworks.ts'
import { compileNetwork, type PolynomialNetwork } from '../../encrypt/index.ts'
import { plansText, rightWithin, rightWithinText } from './encryptOptions.ts'

it('plans in words say why a packing is not to be had', () => {
  const network = smallNetwork()
  const both = compileNetwork(network)
  expect(plansText(both.card, both.why)).not.toMatch(/not to be had/)
  const grown: PolynomialNetwork = {
    ...network,
    layers: network.layers.map((layer) =>
      layer.kind === 'square' ? layer : { ...layer, weights: layer.weights.map((w) => w * 1e10) },
    ),
  }
  const { card, why } = compileNetwork(grown)
  expect(plansText(card, why)).toMatch(
    /^one image at a time \(latency\): not to be had: one image at a time: answers may reach ±2\^/,
  )
  expect(plansText(card, why)).toMatch(/\nthousands at once \(throughput\): BFV/)
  // Of a card alone it is not known.
  expect(plansText(card)).toMatch(/^thousands at once/)
  const single = { ...both.card, throughput: null }
  expect(plansText(single, { latency: null, throughput: 'too deep: answers after 3 squares' })).toMatch(
    /\nthousands at once \(throughput\): not to be had: too deep: answers after 3 squares$/,
  )
})

it('says how far answers may be off, of single ones; a batch is exact', () => {
  const { card, plans } = compileNetwork(smallNetwork())
  expect(rightWithin(card, 'latency')).toBe(plans.latency!.error)
  expect(rightWithinText(rightWithin(card, 'latency'))).toMatch(/^answers are right within \d/)
  expect(rightWithin(card, 'throughput')).toBeNull()
  expect(rightWithinText(null)).toMatch(/exactly those of the network of whole numbers/)
})
