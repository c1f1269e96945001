import { describe, expect, it } from 'vitest'
import { identityModel } from '../../../test/servedModels.ts'
import type { Opened } from './inferenceWorker.ts'
import { createShelf } from './shelf.ts'
import type { Threads } from './threads.ts'

/** Threads that note which keys are open. */
function noting() {
  const open = new Set<number>()
  const end = { name: 'x', datatype: 'FP32', type: 'float32', shape: ['n', 2] } as const
  const opened: Opened = { inputs: [end], outputs: [{ ...end, name: 'y' }] }
  const threads: Threads = {
    async open(key) {
      open.add(key)
      return opened
    },
    async close(key) {
      open.delete(key)
    },
    free: () => true,
    run: () => Promise.reject(new Error('no model to run')),
    alive: () => true,
    end: async () => {},
  }
  return { open, shelf: createShelf(threads, 1) }
}
const bytes = identityModel('float32')

describe('the shelf of models', () => {
  it('finds the latest version by number, and any by name', async () => {
    const { shelf } = noting()
    for (const version of ['2', '10', '9']) await shelf.add({ name: 'm', version, bytes })
    expect(shelf.find('m', undefined).signature.version).toBe('10')
    expect(shelf.find('m', '9').signature.version).toBe('9')
    expect(shelf.versions('m')).toEqual(['2', '10', '9'])
    await shelf.add({ name: 'm', version: 'beta', bytes })
    expect(shelf.find('m', undefined).signature.version).toBe('beta')
    expect(shelf.signatures()).toHaveLength(4)
    expect(() => shelf.find('m', '3')).toThrow("there is no model 'm' of version '3'")
    expect(() => shelf.find('n', undefined)).toThrow("there is no model 'n'")
  })

  it('closes a model that is removed or replaced when the last request with it is over', async () => {
    const { open, shelf } = noting()
    await shelf.add({ name: 'm', bytes })
    const first = shelf.find('m', undefined)
    const answers = [Promise.withResolvers<number>(), Promise.withResolvers<number>()]
    const asked = answers.map(({ promise }) => shelf.using(first, () => promise))
    await shelf.add({ name: 'm', bytes })
    expect([...open]).toEqual([0, 1])
    expect(shelf.find('m', undefined).key).toBe(1)
    answers[0]!.resolve(1)
    await asked[0]
    expect([...open]).toEqual([0, 1])
    expect(shelf.nameOf(0)).toBe('m')
    answers[1]!.reject(new Error('the model failed'))
    await expect(asked[1]).rejects.toThrow('the model failed')
    expect([...open]).toEqual([1])
    expect(shelf.nameOf(0)).toBeUndefined()
    expect([shelf.remove('m'), shelf.remove('m')]).toEqual([true, false])
    expect([...open]).toEqual([])
  })
})
