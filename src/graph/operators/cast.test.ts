import { expect, test } from 'vitest'
import type { Value } from '../contract.ts'
import type { DType } from '../tensor.ts'
import { checkGradient, checkNative } from '../testing.ts'
import { constant } from '../value.ts'
import { mul } from './arithmetic.ts'
import { cast, dtypeOfOnnx, identity } from './cast.ts'
import { greater } from './compare.ts'

const scaled = (x: Value) => mul(x, constant(3, [], x.dtype))

test.each<DType>(['int64', 'int32', 'bool'])(
  'Cast to %s and back: plain agrees with native',
  async (dtype) => {
    await checkNative((x) => cast(cast(scaled(x), dtype), x.dtype), [['N', 3]], {
      dims: { N: 5 },
      gradient: false,
    })
  },
)

// The inputs are float32 numbers: here a cast rounds nothing, so others would differ.
test.each<DType>(['float32', 'float64'])('Cast to %s and back: plain agrees with native', async (dtype) => {
  await checkNative((x) => cast(cast(x, dtype), x.dtype), [['N', 3]], { dims: { N: 5 } })
})

test('a cast from bool', () =>
  checkNative((x) => cast(greater(x, constant(0, [], x.dtype)), x.dtype), [[4]], { gradient: false }))

test('gradients pass through casts between floats, and Identity', () => {
  checkGradient((x) => mul(cast(cast(x, 'float32'), 'float64'), identity(x)), [['N', 2]], { dims: { N: 2 } })
})

test('an element type that we do not know is refused', () => {
  expect(() => dtypeOfOnnx(14, 'Cast')).toThrow('Cast: ONNX element type 14 is not supported')
})
