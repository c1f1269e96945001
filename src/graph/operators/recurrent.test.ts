import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { compile } from '../compile.ts'
import type { Attributes, Operator, Value } from '../contract.ts'
import { gradients } from '../gradients.ts'
import { bindDims, graph } from '../graph.ts'
import { compileNative } from '../native/program.ts'
import { compilePlain } from '../plain/program.ts'
import { type Tensor, tensor } from '../tensor.ts'
import { anySeed, checkGradient, checkNative } from '../testing.ts'
import { applyAll, constant, input } from '../value.ts'
import { gruOperator, lstmOperator, rnnOperator } from './recurrent.ts'
import { reduceSum } from './reduce.ts'

const gates: Readonly<Record<string, number>> = { LSTM: 4, GRU: 3, RNN: 1 }

interface Sizes {
  readonly steps: number
  readonly batch: number
  readonly features: number
  readonly units: number
}

interface Choice extends Sizes {
  readonly operator: Operator
  readonly direction: 'forward' | 'reverse' | 'bidirectional'
  readonly attributes: Attributes
  readonly bias: boolean
  readonly state: boolean
  readonly peepholes: boolean
  /** Rest of these divided by steps + 1 are the lengths; absent when undefined. */
  readonly lengths: readonly number[] | undefined
  readonly layout: 0 | 1
}

/** The operator on its float inputs, and their shapes. */
function caseOf(choice: Choice): { build: (...inputs: Value[]) => readonly Value[]; shapes: number[][] } {
  const { operator, direction, attributes, bias, state, peepholes, layout, steps, batch, features, units } =
    choice
  const directions = direction === 'bidirectional' ? 2 : 1
  const rows = gates[operator.name]! * units
  const isLstm = operator.name === 'LSTM'
  const stateShape = layout ? [batch, directions, units] : [directions, batch, units]
  const all: (number[] | undefined)[] = [
    layout ? [batch, steps, features] : [steps, batch, features],
    [directions, rows, features],
    [directions, rows, units],
    bias ? [directions, 2 * rows] : undefined,
    undefined,
    state ? stateShape : undefined,
    state && isLstm ? stateShape : undefined,
    peepholes && isLstm ? [directions, 3 * units] : undefined,
  ]
  const lengths = choice.lengths?.slice(0, batch).map((n) => 1 + (n % steps))
  return {
    shapes: all.filter((s) => s !== undefined),
    build(...given) {
      const rest = [...given]
      const inputs = all.map((s, i) =>
        i === 4 && lengths ? constant(lengths, [batch], 'int32') : s && rest.shift(),
      )
      const count = inputs.findLastIndex((v) => v !== undefined) + 1
      const more = { ...attributes, direction, hidden_size: units, layout }
      return applyAll(operator, inputs.slice(0, count), more)
    },
  }
}

const sizes = {
  steps: fc.integer({ min: 1, max: 4 }),
  batch: fc.integer({ min: 1, max: 3 }),
  features: fc.integer({ min: 1, max: 2 }),
  units: fc.integer({ min: 1, max: 3 }),
}

const choices = (operator: Operator, own: fc.Arbitrary<Attributes>): fc.Arbitrary<Choice> =>
  fc.record({
    ...sizes,
    operator: fc.constant(operator),
    direction: fc.constantFrom('forward' as const, 'reverse' as const, 'bidirectional' as const),
    attributes: own,
    bias: fc.boolean(),
    state: fc.boolean(),
    peepholes: fc.boolean(),
    lengths: fc.option(fc.array(fc.nat(9), { minLength: 3, maxLength: 3 }), { nil: undefined }),
    layout: fc.constantFrom(0 as const, 1 as const),
  })

const kinds: readonly (readonly [Operator, fc.Arbitrary<Attributes>])[] = [
  [lstmOperator, fc.constantFrom({}, { input_forget: 1 })],
  [gruOperator, fc.constantFrom({ linear_before_reset: 0 }, { linear_before_reset: 1 })],
  [rnnOperator, fc.constant({})],
]

describe.each(kinds)('$name', (operator, own) => {
  it('has the gradients that differences give, through time and by the states', () => {
    fc.assert(
      fc.property(choices(operator, own), anySeed, (choice, seed) => {
        const { build, shapes } = caseOf(choice)
        checkGradient(build, shapes, { seed })
      }),
      { numRuns: 12, seed: 1 },
    )
  })

  it('agrees with ONNX Runtime, and its gradients do; unrolled in double', async () => {
    await fc.assert(
      fc.asyncProperty(choices(operator, own), anySeed, async (choice, seed) => {
        const { build, shapes } = caseOf(choice)
        await checkNative(build, shapes, { seed })
      }),
      { numRuns: 12, seed: 2 },
    )
  })

  it('clips what goes into activations, as ONNX Runtime does', async () => {
    const choice = fc.sample(choices(operator, own), { numRuns: 1, seed: 3 })[0]!
    const wide: Choice = { ...choice, steps: 3, state: true, bias: true, direction: 'reverse' }
    const { build, shapes } = caseOf({ ...wide, attributes: { ...wide.attributes, clip: 0.75 } })
    await checkNative(build, shapes, {})
  })
})

describe('activations of recurrent operators', () => {
  const named = (activations: string[], alpha: number[], beta: number[]): Attributes => ({
    activations,
    activation_alpha: alpha,
    activation_beta: beta,
  })
  // Those that differences can be taken of; the parameters go to those that have some, in order.
  const smooth = [
    named(['ScaledTanh'], [0.7], [1.3]),
    named(['Affine'], [0.5], [0.1]),
    named(['Softsign'], [], []),
    named(['Softplus'], [], []),
    named(['Elu'], [0.6], []),
    named(['Sigmoid'], [], []),
  ]
  const others = [
    named(['HardSigmoid'], [0.3], [0.4]),
    named(['LeakyRelu'], [0.2], []),
    named(['Relu'], [], []),
    named(['ThresholdedRelu'], [0.3], []),
  ]
  const base = {
    steps: 2,
    batch: 2,
    features: 2,
    units: 2,
    bias: true,
    state: true,
    peepholes: false,
  } as const
  const of = (attributes: Attributes): Choice => ({
    ...base,
    operator: rnnOperator,
    direction: 'forward',
    attributes,
    lengths: undefined,
    layout: 0,
  })

  it.each(smooth)('$activations: gradients, and the runtime', async (attributes) => {
    const { build, shapes } = caseOf(of(attributes))
    checkGradient(build, shapes)
    await checkNative(build, shapes)
  })

  it.each(others)('$activations: the runtime', async (attributes) => {
    const { build, shapes } = caseOf(of(attributes))
    await checkNative(build, shapes)
  })

  it('of a list of six, with alphas only for those that take one', async () => {
    const six = named(
      ['HardSigmoid', 'Tanh', 'ScaledTanh', 'Sigmoid', 'Elu', 'Tanh'],
      [0.25, 0.9, 0.8],
      [0.45, 1.2],
    )
    const { build, shapes } = caseOf({ ...of(six), operator: lstmOperator, direction: 'bidirectional' })
    await checkNative(build, shapes)
  })

  it('refuses one that nobody knows, or too few', () => {
    const { build, shapes } = caseOf(of(named(['Gelu'], [], [])))
    const inputs = shapes.map((s, i) => input(`x${i}`, s))
    expect(() => build(...inputs)).toThrow(/RNN: we do not know the activation 'Gelu'/)
    const few = caseOf({ ...of(named(['Tanh'], [], [])), direction: 'bidirectional' })
    expect(() => few.build(...few.shapes.map((s, i) => input(`x${i}`, s)))).toThrow(/1 activations/)
  })
})

describe('recurrent operators at the edge', () => {
  const x = input('x', ['T', 'N', 2])
  const w = constant(new Float32Array(3 * 2).fill(0.5), [1, 3, 2])
  const r = constant(new Float32Array(3 * 3).fill(0.1), [1, 3, 3])

  it('runs over any number of steps, and refuses a gradient through an unknown one, naming it', () => {
    const [all, last] = applyAll(rnnOperator, [x, w, r], { hidden_size: 3 })
    expect(all?.shape).toEqual(['T', 1, 'N', 3])
    expect(last?.shape).toEqual([1, 'N', 3])
    const program = compilePlain(graph({ inputs: [x], outputs: { all: all! } }))
    for (const steps of [1, 3]) {
      const feed = tensor(new Float32Array(steps * 2 * 2), [steps, 2, 2])
      expect((program.run({ x: feed }) as Record<string, Tensor>)['all']?.shape).toEqual([steps, 1, 2, 3])
    }
    expect(() => gradients(reduceSum(all!), [x])).toThrow(/RNN: its gradient goes through every step/)
  })

  it('gives a gradient for a free batch', () => {
    checkGradient((v) => applyAll(rnnOperator, [v, castLike(w, v), castLike(r, v)], {})[0]!, [[2, 'N', 2]], {
      dims: { N: 3 },
    })
  })

  it('takes an empty batch where the executor can, and refuses it where the process would end', async () => {
    const [all] = applyAll(
      lstmOperator,
      [x, constant(new Float32Array(8), [1, 4, 2]), constant(new Float32Array(4), [1, 4, 1])],
      { hidden_size: 1 },
    )
    const g = graph({ inputs: [x], outputs: { all: all! } })
    const nothing = { x: tensor([], [3, 0, 2]) }
    expect((compilePlain(g).run(nothing) as Record<string, Tensor>)['all']?.shape).toEqual([3, 1, 0, 1])
    const native = await compileNative(g, { threads: 1 })
    await expect(native.run(nothing)).rejects.toThrow(/LSTM: what comes to it is empty/)
    await native.close()
    const bound = await compileNative(bindDims(g, { T: 3, N: 0 }), { threads: 1 })
    expect((await bound.run(nothing))['all']?.shape).toEqual([3, 1, 0, 1])
    await bound.close()
  })

  it.each([lstmOperator, gruOperator, rnnOperator])(
    'refuses lengths that no sequence has: $name',
    async (operator) => {
      const rows = { LSTM: 4, GRU: 3, RNN: 1 }[operator.name as 'RNN']
      for (const dtype of ['float32', 'float64'] as const) {
        const steps = input('steps', [3, 2, 2], dtype)
        const lengths = input('lengths', [2], 'int32')
        const weights = (n: number) => constant(new Array(rows * n).fill(0.1), [1, rows, n], dtype)
        const [all] = applyAll(operator, [steps, weights(2), weights(1), undefined, lengths], {
          hidden_size: 1,
        })
        const g = graph({ inputs: [steps, lengths], outputs: { all: all! } })
        for (const executor of ['plain', 'native'] as const) {
          const program = await compile(g, { executor })
          const run = async (...of: number[]) =>
            program.run({
              steps: tensor(new Float64Array(12).fill(1), [3, 2, 2], dtype),
              lengths: tensor(of, [2], 'int32'),
            })
          expect((await run(0, 3))['all']!.data[0]).toBe(0)
          for (const wrong of [-1, 4])
            await expect(run(3, wrong)).rejects.toThrow(
              executor === 'plain' ? `a sequence of length ${wrong} among 3 steps` : /fails on these inputs/,
            )
          await program.close()
        }
      }
    },
  )

  it('refuses weights that do not fit', () => {
    expect(() => applyAll(lstmOperator, [x, w, r], {})).toThrow(
      /LSTM: the weights are \[1, 3, 2\] where \[1, 12, 2\]/,
    )
    expect(() => applyAll(rnnOperator, [x, w, r], { layout: 2 })).toThrow(/layout 2/)
    expect(() => applyAll(rnnOperator, [x, w, r], { clip: -1 })).toThrow(/a clip of -1/)
    expect(() => applyAll(rnnOperator, [x, w, r], { direction: 'sideways' })).toThrow(/direction 'sideways'/)
  })
})

const castLike = (v: Value, like: Value): Value =>
  constant(v.tensor!.data as Float32Array, v.shape as number[], like.dtype)
