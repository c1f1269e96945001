import { Tensor as OrtTensor } from 'onnxruntime-node'
import { describe, expect, it } from 'vitest'
import { add, graph, input, variable } from '../index.ts'
import { nextName, nowName } from '../onnx/write.ts'
import { type Tensor, tensor } from '../tensor.ts'
import { createVariables } from './variables.ts'

const wrap = (t: Tensor) => new OrtTensor(t.dtype as 'float32', t.data as Float32Array, t.shape)

/** One variable that a run changes, and one that it does not. */
function two(inPlace: boolean) {
  const moving = variable('moving', tensor([1, 2], [2]))
  const still = variable('still', tensor([7], [1]))
  const x = input('x', [2])
  const sum = add(moving, x)
  const g = graph({ inputs: [x], outputs: { y: add(sum, still) }, updates: [[moving, sum]] })
  return { moving, still, x, variables: createVariables(g, inPlace, wrap) }
}

function fed(variables: ReturnType<typeof two>['variables']) {
  const given: Record<string, OrtTensor> = {}
  const wanted: Record<string, OrtTensor | null> = {}
  variables.feed(given, wanted)
  return { given, wanted }
}

const result = (numbers: readonly number[]) =>
  new OrtTensor('float32', Float32Array.from(numbers), [numbers.length])

describe('the variables of a native program', () => {
  it('swap two arrays in place, and give back the copy that the runtime made', () => {
    const { moving, still, variables } = two(true)
    const { given, wanted } = fed(variables)
    expect(Object.keys(wanted)).toEqual([nextName(moving)])
    const next = wanted[nextName(moving)] as OrtTensor
    expect(next.data).not.toBe(given[nowName(moving)]!.data)
    // The runtime writes into the array, and answers with a copy.
    ;(next.data as Float32Array).set([3, 4])
    const copy = result([3, 4])
    variables.advance({ [nextName(moving)]: copy })
    expect((copy.data as Float32Array).length).toBe(0)
    expect([...variables.read(moving).data]).toEqual([3, 4])
    expect([...variables.read(still).data]).toEqual([7])
    const again = fed(variables)
    expect(again.given[nowName(moving)]).toBe(next)
    expect(again.wanted[nextName(moving)]).toBe(given[nowName(moving)])
    expect(again.given[nowName(still)]).toBe(given[nowName(still)])
  })

  it('are what the runtime allocated where it does not write in place', () => {
    const { moving, variables } = two(false)
    expect(fed(variables).wanted).toEqual({ [nextName(moving)]: null })
    const answer = result([5, 6])
    variables.advance({ [nextName(moving)]: answer })
    expect(fed(variables).given[nowName(moving)]).toBe(answer)
    expect([...answer.data]).toEqual([5, 6])
  })

  it('are read and written as copies, in their dtype', () => {
    const { moving, still, x, variables } = two(true)
    const content = tensor(Float64Array.of(8, 9), [2], 'float64')
    variables.write(moving, content)
    variables.read(moving).data[0] = 1
    expect(variables.read(moving).data).toEqual(Float32Array.of(8, 9))
    expect(() => variables.write(still, content)).toThrow("'still' has shape [1], but [2] was written")
    expect(() => variables.read(x)).toThrow(RangeError)
    expect([...(moving.tensor as Tensor).data]).toEqual([1, 2])
  })
})
