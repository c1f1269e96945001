import { describe, expect, it } from 'vitest'
import { FrostglassError } from '../errors.ts'
import type { Exchange } from './exchange.ts'
import { createKeySender } from './keySender.ts'

/** A service that has the keys whose hash is in `kept`, and says what it was asked. */
function service(kept: Set<string>, slow: Promise<unknown> = Promise.resolve()) {
  const asked: string[] = []
  const exchange: Exchange = async (where, init = {}, signal) => {
    const hash = where.slice(where.lastIndexOf('/') + 1)
    asked.push(`${init.method} ${hash}`)
    await slow
    if (signal?.aborted) throw new FrostglassError('aborted', 'stopped')
    if (init.method === 'PUT') kept.add(hash)
    const status = init.method !== 'HEAD' || kept.has(hash) ? 200 : 404
    return { status, bytes: new Uint8Array(0) } as Awaited<ReturnType<Exchange>>
  }
  let made = 0
  const sender = createKeySender(
    'http://here',
    exchange,
    () => Uint8Array.of(++made),
    async ([first]) => `hash${first}`,
    {},
  )
  return { asked, sender }
}

describe('keys', () => {
  it('are sent where the service does not have them', async () => {
    const { asked, sender } = service(new Set())
    expect(sender.sent).toBeUndefined()
    const stages: string[] = []
    const { bytes, milliseconds } = await sender.send({ onStage: (stage) => stages.push(stage) })
    expect(asked).toEqual(['HEAD hash1', 'PUT hash1'])
    expect(stages).toEqual(['making keys', 'sending keys'])
    expect(bytes).toEqual({ keys: 1, question: 0, answer: 0 })
    expect(milliseconds.encrypt).toBe(0)
    expect(sender.sent).toBe('hash1')
  })

  it('are not sent again where it has them', async () => {
    const { asked, sender } = service(new Set(['hash1']))
    expect((await sender.send()).bytes.keys).toBe(0)
    expect(asked).toEqual(['HEAD hash1'])
    await sender.forget()
    expect(asked).toEqual(['HEAD hash1', 'DELETE hash1'])
    expect(sender.sent).toBeUndefined()
    await sender.forget()
    expect(asked).toHaveLength(2)
  })

  it('are sent once for all who wait; who gives up does so for itself alone', async () => {
    const gate = Promise.withResolvers<void>()
    const { asked, sender } = service(new Set(), gate.promise)
    const stop = new AbortController()
    const first = sender.send({ signal: stop.signal })
    const second = sender.send()
    stop.abort()
    gate.resolve()
    await expect(first).rejects.toMatchObject({ code: 'aborted' })
    expect((await second).bytes.keys).toBe(1)
    expect(asked).toEqual(['HEAD hash2', 'PUT hash2'])
  })
})
