import { expect, it } from 'vitest'
import { scoreOf } from './encryptScore.ts'

const set = (names: readonly string[], ...of: number[]) => ({ labels: { names, of: Int32Array.from(of) } })

it('counts by the names of classes, in whatever order folders come', () => {
  expect(scoreOf([0, 1, 1], ['zero', 'one'], set(['one', 'zero'], 1, 0, 1))).toBe(2)
  expect(scoreOf([0, 1], ['zero', 'one'], set(['one', 'zero'], 1, 0))).toBe(2)
  expect(scoreOf([0, 1], ['a', 'b'], set(['a', 'b', 'never seen'], 0, 0))).toBe(1)
})

it('counts nothing where names are not the model’s, and says so', () => {
  expect(scoreOf([0, 1], ['digit 0', 'digit 1'], set(['0', '1'], 0, 1))).toBe(
    "the images are labelled '0', which is no class of the model (digit 0, digit 1)",
  )
  expect(scoreOf([0, 1], ['a', 'b'], set(['a', 'b'], 0))).toBe('1 labels for 2 answers')
  expect(scoreOf([0, 1], ['a', 'b'], {})).toBeUndefined()
  expect(scoreOf([0, 1], ['a', 'b'], undefined)).toBeUndefined()
})
