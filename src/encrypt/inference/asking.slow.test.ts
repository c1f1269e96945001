import { describe, expect, it } from 'vitest'
import { images, smallNetwork } from '../../../test/encryptedNetworks.ts'
import { openAnswering, readQuestion } from './answering.ts'
import { answerQuestion } from './answerThreads.ts'
import { compileNetwork, plansOf, readEncryptedCard } from './compiled.ts'
import { createKeyHolder, openKeyHolder } from './keyHolder.ts'
import { answerPlainly } from './network.ts'

const network = smallNetwork()
const pictures = images(3, 6)
const model = compileNetwork(network, ['a', 'b', 'c'])
const joined = (pieces: Iterable<Uint8Array>) => new Uint8Array(Buffer.concat([...pieces]))

describe('asking a model with encrypted images', () => {
  it('gives the answers of the plain network, in both packings, on threads and after the secret was put away', async () => {
    // As it travels: JSON, with no weight in it.
    const card = readEncryptedCard(JSON.parse(JSON.stringify(model.card)), 'the service')
    expect(card).toEqual(model.card)
    expect(plansOf(card)).toEqual(model.plans)
    expect(JSON.stringify(card)).not.toContain('weights')
    for (const [packing, off] of [
      ['latency', 0.01],
      ['throughput', 0.2],
    ] as const) {
      const drawn = await createKeyHolder(card, packing)
      const secret = drawn.secret()
      const keys = drawn.keys()
      drawn.close()
      const holder = await openKeyHolder(secret)
      const question = joined(await holder.question(pictures))
      const { answer, milliseconds } = await answerQuestion(model, keys, question, { workers: 2 })
      expect(milliseconds.length).toBe(packing === 'latency' ? 3 : model.plans.throughput!.moduli.length)
      // As a file gives it.
      const { exact: answers } = (await holder.read(Buffer.from(answer))).forOwner()
      expect(answers.length).toBe(3)
      answers.forEach((own, i) => {
        const plainly = answerPlainly(network, pictures[i]!).answers
        own.forEach((v, o) => {
          expect(Math.abs(v - plainly[o]!)).toBeLessThan(off)
        })
      })
      // Somebody else's keys: refused by the service, which names both.
      const other = await createKeyHolder(card, packing)
      await expect(answerQuestion(model, other.keys(), question)).rejects.toThrow(/belongs to the key/)
      await expect(other.read(answer)).rejects.toThrow(/belongs to the key/)
      other.close()
      // Damage: anywhere.
      await expect(holder.read(answer.subarray(0, answer.length - 3))).rejects.toThrow(/cut off/)
      const changed = answer.slice()
      changed[changed.length - 20]! ^= 1
      await expect(holder.read(changed)).rejects.toThrow(/damaged/)
      await expect(holder.read(question)).rejects.toThrow(/holds question, not answer/)
      expect(() => readQuestion(keys, model.plans)).toThrow(/holds keys, not question/)
      expect(() => readQuestion(question.subarray(0, 9), model.plans)).toThrow(/no encrypted data of ours/)
      await expect(openAnswering(model, question)).rejects.toThrow(/holds question, not keys/)
      await expect(holder.question([])).rejects.toThrow(/1 to/)
      await expect(holder.question([[0.5]])).rejects.toThrow(RangeError)
      holder.close()
    }
  })
})
