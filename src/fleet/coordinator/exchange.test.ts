// Instructions as a coordinator might make them up: held to their own layout before anything of that size is made.

import { describe, expect, it } from 'vitest'
import { layoutOf } from '../layout.ts'
import { packInstruction, readInstruction } from './exchange.ts'
import { answerRounds } from './privateNode.ts'

type Shapes = readonly (readonly [string, readonly number[]])[]

const instructed = (numbers: number, shapes: Shapes): Uint8Array =>
  packInstruction({
    instruction: { round: 1, settings: {}, vectors: { weights: new Float64Array(numbers).fill(3) } },
    layout: layoutOf(shapes.map(([name, shape]) => [name, { shape, dtype: 'float32' as const }])),
    precision: 'float32',
  })

describe('an instruction', () => {
  it('is what was packed, and what a private node is asked', async () => {
    const read = readInstruction(
      instructed(5, [
        ['w', [2, 2]],
        ['b', []],
      ]),
    )
    expect(read.layout.size).toBe(5)
    const asked: string[][] = []
    const answer = answerRounds(async ({ content }) => {
      asked.push([...content.keys()])
      return { refused: 'seen' }
    })
    const task = { ...read, fleet: 'A'.repeat(22), round: 1, seconds: 9, settings: {} }
    expect(await answer({ ...task, program: async () => undefined }, undefined)).toEqual({ refused: 'seen' })
    expect(asked).toEqual([['arrays', 'config']])
  })

  it.each([
    ['a vector that is shorter than its layout', 1, [['w', [5]]]],
    ['a vector that is longer', 9, [['w', [5]]]],
    ['a layout of 10^15', 1, [['w', [1e15]]]],
    ['a layout beyond what a number counts', 1, [['w', [1e15, 1e15]]]],
    [
      'a layout whose arrays have one name',
      4,
      [
        ['w', [2]],
        ['w', [2]],
      ],
    ],
  ] as readonly (readonly [string, number, Shapes])[])(
    'is refused by a typed error: %s',
    (_, numbers, shapes) => {
      let code: unknown
      try {
        readInstruction(instructed(numbers, shapes))
      } catch (error) {
        code = (error as { code?: unknown }).code
      }
      expect(code).toMatch(/^(shape|input)$/)
    },
  )
})
