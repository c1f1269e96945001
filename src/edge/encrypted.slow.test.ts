// The client of encrypted inference before a real service.

import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { images, smallNetwork } from '../../test/encryptedNetworks.ts'
import { answerPlainly, compileNetwork } from '../encrypt/index.ts'
import { type RunningService, startService } from '../serve/v2/index.ts'
import {
  type AskStage,
  connectEncrypted,
  createKeyHolder,
  fetchCard,
  type KeyHolder,
  openKeyHolder,
} from './encrypted.ts'

const network = smallNetwork()
const model = compileNetwork(network, ['a', 'b', 'c'])
const pictures = images(2, 6)

let holder: KeyHolder
let keys: Uint8Array
beforeAll(async () => {
  holder = await createKeyHolder(model.card, 'latency')
  keys = holder.keys()
})
afterAll(() => holder.close())

describe('a service of encrypted models', () => {
  let running: RunningService
  beforeAll(async () => {
    // A small network is told by a few images; its count is not what is tested here.
    const limits = { imagesPerKey: 1000, imagesInAll: 1000 }
    running = await startService({ port: 0, encrypted: { models: [{ name: 'm', model }], limits } })
  })
  afterAll(() => running.close({ grace: 0 }))

  it('gets keys once, answers, and gets them again when it forgot them', async () => {
    const stages: AskStage[] = []
    const onStage = (stage: AskStage) => stages.push(stage)
    const client = await connectEncrypted(running.url, 'm', { references: 0 })
    const first = await client.ask(pictures, { onStage })
    expect(stages.splice(0)).toEqual(['making keys', 'sending keys', 'encrypting', 'waiting', 'decrypting'])
    first.answers.forOwner().exact.forEach((logits, i) => {
      const plainly = answerPlainly(network, pictures[i]!).answers
      logits.forEach((v, o) => {
        expect(Math.abs(v - plainly[o]!)).toBeLessThan(0.01)
      })
    })
    expect(first.bytes.keys).toBeGreaterThan(1e6)
    expect(first.question.length).toBe(first.bytes.question)
    for (const part of Object.values(first.milliseconds)) expect(part).toBeGreaterThan(0)
    const second = await client.ask(pictures.slice(0, 1), { onStage })
    expect(stages.splice(0)).toEqual(['encrypting', 'waiting', 'decrypting'])
    expect([second.bytes.keys, second.milliseconds.makeKeys]).toEqual([0, 0])
    // Somebody else, or a quota, removed them.
    const { keys: held } = (await openedKeys(running)) as { keys: number }
    expect(held).toBe(1)
    await client.forget()
    expect((await openedKeys(running)).keys).toBe(0)
    const third = await client.ask(pictures.slice(0, 1), { onStage })
    expect(third.bytes.keys).toBeGreaterThan(1e6)
    client.close()
  })

  it('is asked with keys and a secret of before, which need not be sent again', async () => {
    const again = await openKeyHolder(holder.secret())
    for (const bytes of [keys.length, 0]) {
      const client = await connectEncrypted(`${running.url}/v2/encrypted/models/m`, undefined, {
        holder: again,
        keys,
      })
      expect((await client.sendKeys()).bytes.keys).toBe(bytes)
      expect((await client.ask(pictures.slice(0, 1))).bytes.keys).toBe(0)
      client.close()
    }
    again.close()
  })

  it('refuses in words, and a holder for another model is refused here', async () => {
    await expect(connectEncrypted(running.url, 'none')).rejects.toMatchObject({
      code: 'input',
      message: expect.stringContaining("answers 404: there is no encrypted model 'none'"),
    })
    expect(await fetchCard(running.url)).toEqual(model.card)
    expect(await fetchCard(`${running.url}/v2/encrypted/models/m/`)).toEqual(model.card)
    const other = await createKeyHolder({ ...model.card, classes: null }, 'latency')
    await expect(connectEncrypted(running.url, 'm', { holder: other })).rejects.toMatchObject({ code: 'key' })
    other.close()
    const client = await connectEncrypted(running.url, 'm', { holder, keys })
    await expect(client.ask([[0.5]])).rejects.toThrow(RangeError)
  })
})

async function openedKeys({ url }: RunningService): Promise<{ keys: number }> {
  const metrics = await (await fetch(`${url}/metrics`)).text()
  return { keys: Number(/^frostglass_encrypted_keys (\d+)$/m.exec(metrics)?.[1]) }
}
