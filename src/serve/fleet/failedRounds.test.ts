// Rounds that fail: nodes with nothing left say so and leave, a disk that is full is told in words, and what waits does so in the open.

import { afterEach, describe, expect, it } from 'vitest'
import { answerOf, joined, startTestFleet, type TestFleetOptions, testNodes } from '../../../test/fleets.ts'
import { FrostglassError } from '../../errors.ts'
import { signRequest } from '../../fleet/coordinator/signature.ts'
import { paths, readTask } from '../../fleet/coordinator/wire.ts'

const open: Awaited<ReturnType<typeof startTestFleet>>[] = []
const start = async (options: TestFleetOptions) => {
  const fleet = await startTestFleet(options)
  open.push(fleet)
  return fleet
}
afterEach(async () => {
  for (const fleet of open.splice(0)) await fleet.close()
})

/** A node that answers so many rounds, and has nothing left then. */
function limited(index: number, rounds: number) {
  let left = rounds
  const answer: ReturnType<typeof answerOf> = async (task, signal) => {
    if (left === 0) return { refused: 'this node has answered all its rounds' }
    left--
    return answerOf(index)(task, signal)
  }
  return { answer, isSpent: async () => left === 0 }
}

describe('a node with no rounds left', () => {
  it('says so once and leaves: the fleet is not given up, and goes on when another comes', async () => {
    const nodes = testNodes(3)
    const [a, b, c] = nodes as [(typeof nodes)[0], (typeof nodes)[0], (typeof nodes)[0]]
    const { url, coordinator, news } = await start({
      nodes,
      plan: { rounds: 4, least: 2, available: 2, failures: 3 },
    })
    const short = limited(0, 2)
    const staying = joined(url, b, answerOf(1))
    const left = await joined(url, a, short.answer, { isSpent: short.isSpent })
    expect(
      left.filter(({ what }) => what === 'replied').map((one) => 'refused' in one && one.refused),
    ).toEqual([undefined, undefined, 'this node has answered all its rounds'])
    // It is not counted as there; nobody is waited for that has gone.
    while (coordinator.status().state !== 'waiting') await new Promise((done) => setTimeout(done, 10))
    expect(coordinator.status()).toMatchObject({ done: 2, state: 'waiting' })
    await Promise.all([staying, joined(url, c, answerOf(2))])
    expect(coordinator.status()).toMatchObject({ done: 4, state: 'over' })
    expect(news.filter(({ what }) => what === 'failed')).toHaveLength(1)
    expect(news.filter(({ what }) => what === 'came').map((one) => 'present' in one && one.present)).toEqual([
      1, 2, 2,
    ])
  })
})

describe('a round that failed', () => {
  it('is followed by a pause, twice as long each time, at most a minute', async () => {
    const nodes = testNodes(1)
    const [a] = nodes as [(typeof nodes)[0]]
    let time = 1e6
    const { coordinator } = await start({
      nodes,
      now: () => time,
      plan: { rounds: 1, least: 1, failures: 20, pollSeconds: 1, workSeconds: 10 },
    })
    const waits: number[] = []
    for (let round = 1; round <= 9; round++) {
      expect(coordinator.task(a.publicKey)).toMatchObject({ what: 'work', round })
      // Nobody replies.
      time += 10_000
      const failed = time
      while (coordinator.task(a.publicKey).what === 'wait') time += 500
      waits.push((time - failed) / 1000)
    }
    expect(waits).toEqual([1, 2, 4, 8, 16, 32, 60, 60, 60])
  })
})

describe('a disk that is full', () => {
  it('is no fault of the service to a node, and is told to the operator', async () => {
    const nodes = testNodes(1)
    const [a] = nodes as [(typeof nodes)[0]]
    const full = new FrostglassError(
      'io',
      'the fleet in x: database or disk is full',
      'See that there is room.',
    )
    let isFull = true
    const { url, faults } = await start({
      nodes,
      plan: { rounds: 1 },
      changed: (store) => ({
        ...store,
        useNonce(...claim) {
          if (isFull) throw full
          return store.useNonce(...claim)
        },
      }),
    })
    const ask = async () => {
      const target = { method: 'POST', path: paths.task }
      const headers = signRequest(a.identity, target, new Uint8Array(), Date.now())
      return fetch(url + paths.task, { method: 'POST', headers })
    }
    const refused = await ask()
    expect([refused.status, await refused.json()]).toEqual([
      503,
      { error: 'the coordinator’s disk refuses: it goes on when there is room' },
    ])
    expect(faults).toEqual([full])
    isFull = false
    expect(readTask(new Uint8Array(await (await ask()).arrayBuffer())).what).toBe('work')
  })
})
