import { describe, expect, it } from 'vitest'
import { compile } from '../compile.ts'
import type { Attributes, Value } from '../contract.ts'
import { gradients } from '../gradients.ts'
import { graph } from '../graph.ts'
import { compilePlain } from '../plain/program.ts'
import { type Tensor, tensor } from '../tensor.ts'
import { checkGradient, checkNative } from '../testing.ts'
import { apply, constant, input, integers } from '../value.ts'
import { reduceSum } from './reduce.ts'
import { resizeOperator, upsample } from './resize.ts'

describe('Resize', () => {
  it.each([
    [
      ['N', 2, 3, 4],
      [2, 3],
    ],
    [['N', 1, 5], [4]],
    [
      ['N', 2, 2, 2],
      [1, 2],
    ],
  ] as const)('repeats %j by %j, with a gradient, as ONNX Runtime does', async (shape, factors) => {
    const build = (x: Value) => upsample(x, factors)
    checkGradient(build, [shape], { dims: { N: 2 } })
    await checkNative(build, [shape], { dims: { N: 2 } })
  })

  it('repeats each element', () => {
    const x = input('x', [1, 1, 2])
    const program = compilePlain(graph({ inputs: [x], outputs: { y: upsample(x, [3]) } }))
    const { y } = program.run({ x: tensor([4, 7], [1, 1, 2], 'float32') }) as { y: Tensor }
    expect(Array.from(y.data as Float64Array)).toEqual([4, 4, 4, 7, 7, 7])
  })

  it('reads ONNX defaults (half pixel, rounded) as the same repetition', async () => {
    const build = (x: Value) => apply(resizeOperator, [x, undefined, undefined, integers([1, 2, 6, 12])])
    await checkNative(build, [[1, 2, 2, 3]])
  })

  it.each([
    ['nearest', { nearest_mode: 'ceil' }],
    ['nearest', { nearest_mode: 'floor', coordinate_transformation_mode: 'asymmetric' }],
    ['nearest', { nearest_mode: 'round_prefer_ceil', coordinate_transformation_mode: 'align_corners' }],
    ['linear', {}],
    ['linear', { coordinate_transformation_mode: 'align_corners' }],
    ['linear', { coordinate_transformation_mode: 'pytorch_half_pixel' }],
    ['linear', { coordinate_transformation_mode: 'half_pixel_symmetric' }],
    ['linear', { antialias: 1 }],
    ['cubic', { coordinate_transformation_mode: 'asymmetric', cubic_coeff_a: -0.5 }],
    ['cubic', { exclude_outside: 1 }],
    ['cubic', { antialias: 1 }],
  ])('by %s, %o: gradient, and as ONNX Runtime', async (mode, attributes) => {
    for (const scales of [
      [1.5, 2.2],
      [0.6, 0.34],
      [2, 0.5],
    ]) {
      const by = constant([1, 1, ...scales])
      const build = (x: Value) => apply(resizeOperator, [x, undefined, by], { mode, ...attributes })
      checkGradient(build, [[1, 2, 4, 5]])
      await checkNative(build, [[1, 2, 4, 5]])
    }
  })

  it.each(['linear', 'cubic', 'nearest'])('to sizes, along lines and in volumes, by %s', async (mode) => {
    for (const [shape, sizes] of [
      [
        [2, 1, 5],
        [2, 1, 8],
      ],
      [
        [1, 1, 2, 3, 4],
        [1, 1, 3, 2, 7],
      ],
      [
        [2, 3],
        [5, 4],
      ],
      [
        [3, 2, 4, 4],
        [2, 3, 4, 5],
      ],
    ] as const) {
      const to = integers(sizes)
      const build = (x: Value) => apply(resizeOperator, [x, undefined, undefined, to], { mode })
      checkGradient(build, [shape])
      await checkNative(build, [shape])
    }
  })

  it.each(['not_larger', 'not_smaller'])(
    'keeps the aspect ratio, %s, on axes that it names',
    async (policy) => {
      const build = (x: Value) =>
        apply(resizeOperator, [x, undefined, undefined, integers([7, 9])], {
          axes: [-1, 2],
          keep_aspect_ratio_policy: policy,
          mode: 'linear',
        })
      expect(build(input('x', [1, 1, 4, 6])).shape).toEqual(
        policy === 'not_larger' ? [1, 1, 5, 7] : [1, 1, 9, 14],
      )
      checkGradient(build, [[1, 1, 4, 6]])
      await checkNative(build, [[1, 1, 4, 6]])
    },
  )

  it('crops a region, and fills what lies outside of the image', async () => {
    const roi = constant([0, 0, -0.3, 0.4, 1, 1, 0.7, 1.25])
    const build = (x: Value) =>
      apply(resizeOperator, [x, roi, undefined, integers([1, 1, 4, 5])], {
        coordinate_transformation_mode: 'tf_crop_and_resize',
        extrapolation_value: 10,
        mode: 'linear',
      })
    checkGradient(build, [[1, 1, 5, 4]])
    await checkNative(build, [[1, 1, 5, 4]])
  })

  it('blends what the specification has, where ONNX Runtime rounds a length', async () => {
    // Node test test_resize_downsample_scales_linear_align_corners: 4 elements by 0.6 are 2.4 long.
    const x = input('x', [1, 1, 2, 4])
    const y = apply(resizeOperator, [x, undefined, constant([1, 1, 0.6, 0.6])], {
      coordinate_transformation_mode: 'align_corners',
      mode: 'linear',
    })
    const g = graph({ inputs: [x], outputs: { y } })
    const feeds = { x: tensor([1, 2, 3, 4, 5, 6, 7, 8], [1, 1, 2, 4]) }
    const native = await compile(g, { executor: 'native' })
    for (const program of [compilePlain(g), native]) {
      const got = ((await program.run(feeds)) as { y: Tensor }).y
      expect(got.shape).toEqual([1, 1, 1, 2])
      expect(Number(got.data[0])).toBeCloseTo(1, 5)
      expect(Number(got.data[1])).toBeCloseTo(3.142857, 5)
    }
    await native.close()
  })

  it('refuses by name what it does not know', () => {
    const x = input('x', [1, 1, 4])
    const by = (attributes: Attributes) =>
      apply(resizeOperator, [x, undefined, constant([1, 1, 2])], attributes)
    expect(() => by({ mode: 'area' })).toThrow("mode 'area' is not one of nearest, linear, cubic")
    expect(() => by({ coordinate_transformation_mode: 'tf_half_pixel_for_nn' })).toThrow(
      /is not one of half_pixel/,
    )
    expect(() => by({ axes: [2] })).toThrow('3 scales for 1 axes')
    const free = apply(resizeOperator, [input('x', [1, 1, 'W']), undefined, constant([1, 1, 2])])
    expect(free.shape.slice(0, 2)).toEqual([1, 1])
    expect(() => gradients(reduceSum(free), [free.node!.inputs[0]!])).toThrow(/are not known before a run/)
  })

  it('refuses to blend whole numbers on the plain executor', () => {
    const x = input('x', [1, 1, 2], 'uint8')
    const y = apply(resizeOperator, [x, undefined, constant([1, 1, 2])], { mode: 'linear' })
    const program = compilePlain(graph({ inputs: [x], outputs: { y } }))
    expect(() => program.run({ x: tensor([1, 2], [1, 1, 2], 'uint8') })).toThrow(
      /Resize of uint8 by 'linear'/,
    )
  })
})
