import { expect, it } from 'vitest'
import { smallNetwork } from '../../../test/encryptedNetworks.ts'
import { compileNetwork } from '../../encrypt/index.ts'
import { answersThatDetermine } from '../../encrypt/inference/determine.ts'
import { imagesTold } from '../../encrypt/inference/latencyTold.ts'
import { countedImages, countsOf, createImageCount, defaultImages, imagesOf } from './imageCount.ts'

const model = compileNetwork(smallNetwork())
const answer = async () => 'answer'
const status = (work: Promise<unknown>) =>
  work.then(
    () => 200,
    (error: { status: number; message: string }) => [error.status, error.message],
  )

it('a key is answered fewer images than can tell all weights, by default', () => {
  const determine = answersThatDetermine(model)
  expect(defaultImages(model)).toEqual({ perKey: determine - 1, inAll: 10 * determine })
  expect(imagesOf(model, { imagesPerKey: 5, imagesInAll: null })).toEqual({
    perKey: 5,
    inAll: 10 * determine,
  })
  const tiny = compileNetwork({ input: [1, 1, 5], layers: [smallNetwork().layers.at(-1)!] })
  expect(defaultImages(tiny).perKey).toBeGreaterThanOrEqual(1)
})

it('a question counts for what a crafted one can learn, whatever it states', () => {
  const each = imagesTold(model.plans.latency!)
  expect(each).toBeGreaterThan(1)
  expect(countedImages(1, 'latency', model)).toBe(each)
  expect(countedImages(7, 'latency', model)).toBe(7 * each)
  const { precision } = model.plans.throughput!.moduli[0]!
  expect(countedImages(1, 'throughput', model)).toBe(1 + Math.ceil(114 / (precision - 1)))
  expect(countedImages(8192, 'throughput', model)).toBeLessThanOrEqual(8200)
})

it('stops a key, and then all of them, in words; what is not answered does not count', async () => {
  const count = createImageCount('small', { perKey: 10, inAll: 25 })
  expect(await count.counting('a', 10, answer)).toBe('answer')
  expect(await status(count.counting('a', 1, answer))).toEqual([
    429,
    "this key has been answered 10 of at most 10 images of 'small', and the question counts as 1: more answers could tell all of its weights",
  ])
  await expect(count.counting('b', 10, () => Promise.reject(new Error('left')))).rejects.toThrow('left')
  expect(count.inAll()).toBe(10)
  await count.counting('b', 10, answer)
  // New keys begin anew, and the model's count does not.
  expect(await status(count.counting('c', 6, answer))).toEqual([
    429,
    "20 of at most 25 images of 'small' have been answered in all, and the question counts as 6: the service answers no more",
  ])
  expect(await status(count.counting('c', 5, answer))).toBe(200)
})

it('counts before it answers: questions at the same time do not pass together', async () => {
  const count = createImageCount('small', { perKey: 10, inAll: 100 })
  const all = await Promise.all([1, 2, 3, 4].map(() => status(count.counting('a', 4, answer))))
  expect(all.filter((own) => own === 200).length).toBe(2)
})

it('counts a network that is offered under two names once, and another by itself', async () => {
  const network = smallNetwork()
  const layers = network.layers.map((layer, i) =>
    i === network.layers.length - 1 && layer.kind !== 'square'
      ? { ...layer, bias: layer.bias.map((b) => b + 1e-3) }
      : layer,
  )
  const counts = countsOf(
    new Map([
      ['one', model],
      ['same', compileNetwork(smallNetwork(), ['a', 'b', 'c'])],
      ['other', compileNetwork({ ...network, layers })],
    ]),
    { imagesPerKey: 4, imagesInAll: 5 },
  )
  await counts.get('one')!.counting('a', 4, answer)
  expect(await status(counts.get('same')!.counting('a', 1, answer))).toEqual([
    429,
    "this key has been answered 4 of at most 4 images of 'one' and 'same', and the question counts as 1: more answers could tell all of its weights",
  ])
  expect(await status(counts.get('other')!.counting('a', 4, answer))).toBe(200)
  expect([counts.get('same')!.inAll(), counts.get('other')!.inAll()]).toEqual([4, 4])
})
