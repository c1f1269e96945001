// The threads' turn-taking and their faults, with threads of the test's own in the place of those that compute.

import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { pathToFileURL } from 'node:url'
import { afterAll, describe, expect, it } from 'vitest'
import { createKeyStore, inSharedMemory } from './keyStore.ts'
import { type EncryptedThreads, encryptedThreads } from './threads.ts'

const folder = mkdtempSync(join(tmpdir(), 'frostglass-threads-'))
/** A row's first byte says what happens to it. */
const file = join(folder, 'thread.mjs')
writeFileSync(
  file,
  `import { parentPort, threadId } from 'node:worker_threads'
parentPort.on('message', (order) => {
  if ('forget' in order) return
  const { id, row, ciphertexts, stop } = order
  const what = ciphertexts[0][0]
  if (what === 1) process.exit(3)
  if (what === 2) throw new Error('secret 31415')
  if (what === 3) return parentPort.postMessage({ id, fault: 'Error\\n    at somewhere' })
  if (what === 4) return parentPort.postMessage({ id, refused: 'no', stopped: false })
  if (what === 5) {
    const wait = () => Atomics.load(stop, 0) ? parentPort.postMessage({ id, refused: '', stopped: true }) : setTimeout(wait, 5)
    return wait()
  }
  setTimeout(() => parentPort.postMessage({ id, outputs: [Uint8Array.of(what, row, threadId)], milliseconds: 1 }), 20)
})
`,
)
const open: EncryptedThreads[] = []
afterAll(async () => {
  await Promise.all(open.map((threads) => threads.end()))
  rmSync(folder, { recursive: true, force: true })
})

function threadsOf(concurrency = 2) {
  const faults: string[] = []
  const threads = encryptedThreads(
    new Map(),
    { concurrency, opened: 2 },
    (error) => faults.push((error as Error).message),
    pathToFileURL(file),
  )
  open.push(threads)
  const done: string[] = []
  const ask = (
    rows: readonly number[],
    { signal = new AbortController().signal, timeout = 600, name = '', keys = 'k', apart = 0 } = {},
  ) =>
    threads.answer({
      model: 'm',
      keys: {
        fingerprint: keys,
        identity: keys,
        packing: 'latency',
        bytes: inSharedMemory(Uint8Array.of(1)),
        users: 0,
      },
      apart,
      rows: rows.map((what) => [Uint8Array.of(what)]),
      images: 1,
      timeout,
      signal,
      onRow: () => done.push(name),
    })
  return { threads, ask, faults, done }
}

describe('threads', () => {
  it('put rows together in their order, and let questions take turns', async () => {
    const { ask, done } = threadsOf(1)
    const [long, short] = await Promise.all([
      ask([9, 9, 9, 9, 9, 9], { name: 'long' }),
      ask([8, 8], { name: 'short' }),
    ])
    expect(long.map(([bytes]) => [...bytes!.subarray(0, 2)])).toEqual(
      [0, 1, 2, 3, 4, 5].map((row) => [9, row]),
    )
    expect(short).toHaveLength(2)
    expect(done.lastIndexOf('short')).toBeLessThan(5)
  })

  it('go where keys are open, unless somebody waits too long or it is worth opening them again', async () => {
    const { ask } = threadsOf(2)
    const on = (answered: readonly (readonly Uint8Array[])[]) => new Set(answered.map(([bytes]) => bytes![2]))
    const [a, b] = await Promise.all([
      ask([9, 9, 9], { keys: 'a', apart: 4 }),
      ask([9, 9, 9], { keys: 'b', apart: 4 }),
    ])
    expect([on(a).size, on(b).size]).toEqual([1, 1])
    expect([...on(a)]).not.toEqual([...on(b)])
    expect(on(await ask([9, 9, 9, 9, 9, 9, 9, 9], { keys: 'c', apart: 4 })).size).toBe(2)
    const long = Array.from({ length: 40 }, () => 9)
    const order: string[] = []
    const told = (name: string) => () => order.push(name)
    await Promise.all([
      ask(long, { keys: 'a' }).then(told('a')),
      ask(long, { keys: 'b' }).then(told('b')),
      ask([8], { keys: 'new', apart: 4 }).then(told('new')),
    ])
    expect(order[0]).toBe('new')
  })

  it.each([
    ['that ends', 1, /ended with code 3/],
    ['that throws', 2, /31415/],
    ['that reports a fault', 3, /in a thread/],
  ])(
    'one %s fails its question alone, in words that tell nothing, and is replaced',
    async (_, what, fault) => {
      const { ask, faults } = threadsOf()
      const fine = ask([9, 9])
      await expect(ask([what])).rejects.toMatchObject({ status: 500, message: 'a fault of the service' })
      expect(await fine).toHaveLength(2)
      expect(faults).toEqual([expect.stringMatching(fault)])
      expect(await ask([9, 9, 9, 9])).toHaveLength(4)
    },
  )

  it('drop the rows of a question that is refused, late, or no longer waited for', async () => {
    const { ask, done, threads } = threadsOf(1)
    await expect(ask([4, 9, 9])).rejects.toMatchObject({ status: 400, message: 'no' })
    await expect(ask([5, 9], { timeout: 0.05 })).rejects.toMatchObject({ status: 504 })
    const left = new AbortController()
    setTimeout(() => left.abort(), 30)
    await expect(ask([5, 9], { signal: left.signal })).rejects.toMatchObject({ status: 499 })
    expect(threads.waiting()).toBe(0)
    expect(done).toEqual([])
    const ending = ask([5, 9])
    void threads.end()
    await expect(ending).rejects.toMatchObject({ status: 503 })
    await expect(ask([9])).rejects.toMatchObject({ status: 503 })
  })
})

describe('the store of keys', () => {
  it('keeps keys that are in use until the last user is done, and tells once that they are gone', async () => {
    const gone: string[] = []
    const store = createKeyStore({ keys: 1, keyBytes: 100 }, (name) => gone.push(name))
    store.put('a', { identity: 'a', packing: 'latency' }, Uint8Array.of(1, 2))
    const a = store.find('a')!
    const use = Promise.withResolvers<void>()
    const using = store.using(a, () => use.promise)
    expect(() => store.put('b', { identity: 'b', packing: 'latency' }, Uint8Array.of(3))).toThrow(/in use/)
    expect([store.remove('a'), store.remove('a')]).toEqual([true, false])
    expect([store.count(), store.bytes(), gone]).toEqual([0, 0, []])
    use.resolve()
    await using
    expect(gone).toEqual(['a'])
    expect(store.put('b', { identity: 'b', packing: 'latency' }, Uint8Array.of(3))).toBe(true)
    expect(store.put('c', { identity: 'c', packing: 'latency' }, Uint8Array.of(4))).toBe(true)
    expect(gone).toEqual(['a', 'b'])
    expect(() => store.put('d', { identity: 'd', packing: 'latency' }, new Uint8Array(101))).toThrow(
      /may have 100 bytes/,
    )
  })
})
