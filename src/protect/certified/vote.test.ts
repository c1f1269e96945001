// A vote of windows: in the program and in a graph, on both executors.

import fc from 'fast-check'
import { expect, it } from 'vitest'
import { compile, graph, input } from '../../graph/index.ts'
import { shuffle } from '../../random/order.ts'
import { seededStream } from '../../random/seeded.ts'
import { voteOf, voteValue } from './vote.ts'

const labelOf = [0, 2, 1, 0, 1, 2]

it('is of the label first, then of its codes; ties go to the first', () => {
  expect(voteOf([0, 2, 2, 1], [0, 0, 1])).toBe(0)
  // One code is the commonest, but two others of one label are more.
  expect(voteOf([2, 2, 2, 0, 0, 3, 3], labelOf)).toBe(0)
  expect(voteOf([4, 4, 2, 1], labelOf)).toBe(4)
  expect(voteOf([5], labelOf)).toBe(5)
  expect(() => voteOf([], labelOf)).toThrow(RangeError)
  expect(() => voteOf([6], labelOf)).toThrow('window 0 has the code 6 of 6')
})

it.each(['plain', 'native'] as const)(
  'is the same in a graph (%s), in any order of windows',
  async (executor) => {
    const codes = input('codes', ['N'], 'int64')
    const program = await compile(graph({ inputs: [codes], outputs: { voted: voteValue(codes, labelOf) } }), {
      executor,
    })
    const inGraph = async (windows: readonly number[]) => {
      const data = BigInt64Array.from(windows, BigInt)
      const { voted } = await program.run({ codes: { dtype: 'int64', shape: [windows.length], data } })
      return [...(voted!.data as BigInt64Array)].map(Number)
    }
    const sessions = fc.array(fc.nat(5), { minLength: 1, maxLength: 12 })
    await fc.assert(
      fc.asyncProperty(sessions, fc.nat(), async (windows, seed) => {
        expect(await inGraph(windows)).toEqual([voteOf(windows, labelOf)])
        const other = shuffle(Int32Array.from(windows), seededStream(seed, 'windows'))
        expect(voteOf(other, labelOf)).toBe(voteOf(windows, labelOf))
      }),
      { numRuns: 200 },
    )
    await program.close()
  },
)
