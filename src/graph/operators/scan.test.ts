import { describe, expect, it } from 'vitest'
import type { Attributes, Value } from '../contract.ts'
import { gradients } from '../gradients.ts'
import { capturedBy, graph } from '../graph.ts'
import { readOnnx } from '../onnx/read.ts'
import { writeOnnx } from '../onnx/write.ts'
import { compilePlain } from '../plain/program.ts'
import { type Tensor, tensor } from '../tensor.ts'
import { checkGradient, checkNative } from '../testing.ts'
import { applyAll, input } from '../value.ts'
import { add, mul } from './arithmetic.ts'
import { tanh } from './elementwise.ts'
import { subgraph } from './loop.ts'
import { reduceSum } from './reduce.ts'
import { scanOperator } from './scan.ts'

/** s ← tanh(s + x·w), collecting s and s·x. */
function scan(state: Value, x: Value, w: Value, attributes: Attributes): readonly Value[] {
  const axis = (attributes['scan_input_axes'] as number[] | undefined)?.[0] ?? 0
  const s = input('s', state.shape, state.dtype)
  const slice = input(
    'slice',
    x.shape.filter((_, i) => i !== (axis + x.shape.length) % x.shape.length),
    x.dtype,
  )
  const next = tanh(add(s, mul(slice, w)))
  const body = subgraph([s, slice], { next, all: next, other: mul(next, slice) })
  return applyAll(
    scanOperator,
    [state, x],
    { body, num_scan_inputs: 1, ...attributes },
    { captured: capturedBy(body) },
  )
}

const cases: Record<string, Attributes> = {
  'along the first axis': {},
  backwards: { scan_input_directions: [1] },
  'along the last axis, collected along the last and backwards': {
    scan_input_axes: [-1],
    scan_output_axes: [-1, 0],
    scan_output_directions: [0, 1],
  },
}

describe.each(Object.entries(cases))('Scan %s', (_, attributes) => {
  const shapes = 'scan_input_axes' in attributes ? [[2], [2, 3], [2]] : [[2], [3, 2], [2]]
  const build = (s: Value, x: Value, w: Value) => scan(s, x, w, attributes)

  it('has the gradients that differences give, by states, slices and what it captures', () => {
    checkGradient(build, shapes)
  })

  it('agrees with ONNX Runtime, in double too', async () => {
    await checkNative(build, shapes)
  })
})

describe('Scan', () => {
  const state = input('state', [2])
  const x = input('x', ['T', 2])
  const w = input('w', [2])

  it('runs over any number of slices, and refuses a gradient through an unknown one', () => {
    const [last, all] = scan(state, x, w, {})
    expect([last?.shape, all?.shape]).toEqual([[2], ['T', 2]])
    const program = compilePlain(graph({ inputs: [state, x, w], outputs: { all: all! } }))
    for (const rounds of [1, 4]) {
      const got = program.run({
        state: tensor([0, 0], [2]),
        x: tensor(new Float32Array(rounds * 2), [rounds, 2]),
        w: tensor([1, 1], [2]),
      }) as Record<string, Tensor>
      expect(got['all']?.shape).toEqual([rounds, 2])
    }
    expect(() => gradients(reduceSum(all!), [w])).toThrow(/Scan: its gradient goes through every step/)
  })

  it('is written and read again', () => {
    const [, all] = scan(state, x, w, {})
    const g = graph({ inputs: [state, x, w], outputs: { all: all! } })
    const feeds = { state: tensor([0, 1], [2]), x: tensor([1, 2, 3, 4], [2, 2]), w: tensor([0.5, -0.5], [2]) }
    const values = (of: typeof g) =>
      Array.from((compilePlain(of).run(feeds) as Record<string, Tensor>)['all']?.data ?? [], Number)
    expect(values(readOnnx(writeOnnx(g)).graph)).toEqual(values(g))
  })

  it('refuses a body that does not fit, and slices that are not equally many', () => {
    expect(() => applyAll(scanOperator, [state, x], { num_scan_inputs: 1 })).toThrow(
      /2 inputs, 1 of them scanned/,
    )
    const [a, b] = [input('a', [2]), input('b', [2])]
    const body = subgraph([a, b], { sum: add(a, b) })
    const other = input('other', [3, 2])
    expect(() => applyAll(scanOperator, [input('y', [4, 2]), other], { body, num_scan_inputs: 2 })).toThrow(
      /the scanned inputs have \[4, 3\] slices/,
    )
  })
})
