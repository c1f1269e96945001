import { expect, test } from 'vitest'
import { createSteps } from './steps.ts'

function counted(signal?: AbortSignal) {
  const cleared = { times: 0 }
  const steps = createSteps('out.csv', signal, async () => {
    await Promise.resolve()
    cleared.times++
  })
  return { steps, cleared }
}

test('steps run until they end, and then no more', async () => {
  const { steps, cleared } = counted()
  expect(await steps.run(async () => 1)).toBe(1)
  expect(await steps.run(async () => 2)).toBe(2)
  expect(cleared.times).toBe(0)
  await Promise.all([steps.end(), steps.end()])
  expect(cleared.times).toBe(1)
  await expect(steps.run(async () => 3)).rejects.toThrow(TypeError)
  expect(cleared.times).toBe(1)
})

test('an error clears up before it is said, and ends all of them', async () => {
  const full = Object.assign(new Error('no space left on device'), { code: 'ENOSPC' })
  for (const [thrown, said] of [
    [full, { code: 'io', message: expect.stringContaining('out.csv') }],
    [new RangeError('3 columns'), { message: '3 columns' }],
    [new TypeError('no array'), { message: 'no array' }],
  ] as const) {
    const { steps, cleared } = counted()
    await expect(steps.run(() => Promise.reject(thrown))).rejects.toMatchObject(said)
    expect(cleared.times).toBe(1)
    await expect(steps.run(async () => 1)).rejects.toThrow('finished or given up')
  }
})

test('a step that nobody wants any more does not start, and ends them', async () => {
  const stop = new AbortController()
  const { steps, cleared } = counted(stop.signal)
  stop.abort()
  let started = false
  const late = steps.run(async () => {
    started = true
  })
  await expect(late).rejects.toMatchObject({ code: 'aborted' })
  expect([started, cleared.times]).toEqual([false, 1])
})
