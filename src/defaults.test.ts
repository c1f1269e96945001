import { describe, expect, it } from 'vitest'
import { withDefaults } from './defaults.ts'
import { adam, earlyStopping } from './learn/index.ts'
import { limitsOf } from './serve/v2/contract.ts'

describe('options over their defaults', () => {
  it('take what is given, and the default for what is absent or undefined', () => {
    const defaults = { a: 1, b: 2, c: 3 }
    expect(withDefaults(defaults, { a: 0, b: undefined })).toEqual({ a: 0, b: 2, c: 3 })
    expect(defaults).toEqual({ a: 1, b: 2, c: 3 })
  })

  it('keep a null that is given', () => {
    expect(withDefaults<{ most: number | null }>({ most: 5 }, { most: null })).toEqual({ most: null })
  })

  it('let an undefined option of a caller change nothing', () => {
    expect(adam({ learningRate: undefined, beta1: 0.5 })).toEqual(adam({ beta1: 0.5 }))
    expect(earlyStopping({ patience: undefined })).toEqual(earlyStopping())
    expect(limitsOf({ queue: undefined })).toEqual(limitsOf())
  })
})
