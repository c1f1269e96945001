import { describe, expect, it } from 'vitest'
import { isBroken } from './exhibit.ts'
import { integerFlag } from './integerFlag.ts'

describe('the exhibit of one person’s 30.5', () => {
  it('tells every changed row before, and none today', async () => {
    const before = await integerFlag.run('before')
    expect(before).toMatchObject({ allowed: 0, measured: 8 })
    expect(isBroken(before)).toBe(true)
    const today = await integerFlag.run('today')
    expect(today.measured).toBe(0)
    expect(isBroken(today)).toBe(false)
  })

  it('ends when it is told to', async () => {
    await expect(integerFlag.run('today', { signal: AbortSignal.abort() })).rejects.toMatchObject({
      code: 'aborted',
    })
  })
})
