import { describe, expect, it } from 'vitest'
import { graph } from '../graph.ts'
import { compilePlain } from '../plain/program.ts'
import { type Tensor, tensor } from '../tensor.ts'
import { checkGradient, checkNative } from '../testing.ts'
import { apply, input } from '../value.ts'
import { einsum, einsumOperator } from './einsum.ts'

type Shapes = readonly (readonly (number | string)[])[]

// Products, sums, diagonals, ellipses, outer products, three operands, axes of 1 that meet more.
const cases: readonly (readonly [equation: string, shapes: Shapes])[] = [
  [
    'ij,jk->ik',
    [
      ['N', 3],
      [3, 2],
    ],
  ],
  [
    'bij,bjk',
    [
      ['N', 2, 3],
      ['N', 3, 2],
    ],
  ],
  ['i,j->ji', [[3], [2]]],
  ['ij->', [['N', 3]]],
  ['ij->j', [[2, 3]]],
  ['ii->i', [[3, 3]]],
  ['ii', [[3, 3]]],
  ['iij,j->i', [[2, 2, 3], [3]]],
  ['aab->ab', [[2, 2, 3]]],
  ['iii->i', [[2, 2, 2]]],
  ['...ij->...ji', [['N', 2, 3]]],
  [
    '...a,...a->...',
    [
      ['N', 2, 3],
      [2, 3],
    ],
  ],
  [
    'a...b,b...->a...',
    [
      [2, 'N', 3],
      [3, 1],
    ],
  ],
  [
    '...,...->...',
    [
      [2, 3],
      [1, 3],
    ],
  ],
  [
    'ij,kl->il',
    [
      [2, 3],
      [2, 2],
    ],
  ],
  [
    'ij,ij->ij',
    [
      [1, 3],
      [2, 1],
    ],
  ],
  [
    'ab,bc,cd->ad',
    [
      [2, 3],
      [3, 2],
      [2, 2],
    ],
  ],
  [
    'bn,anm,bm->ba',
    [
      [2, 3],
      [2, 3, 2],
      [2, 2],
    ],
  ],
  [
    'bqhd,bkhd->bhqk',
    [
      ['N', 2, 2, 3],
      ['N', 3, 2, 3],
    ],
  ],
]

describe.each(cases)('Einsum %s of %j', (equation, shapes) => {
  it('has the gradients that differences give', () => {
    checkGradient((...xs) => einsum(equation, ...xs), shapes, { dims: { N: 2 } })
  })

  it('agrees with ONNX Runtime, in double too', async () => {
    await checkNative((...xs) => einsum(equation, ...xs), shapes, { dims: { N: 2 } })
  })
})

describe('Einsum', () => {
  it('counts as integers do', () => {
    const x = input('x', [2, 2], 'int32')
    const y = einsum('ij,jk->ik', x, x)
    const got = compilePlain(graph({ inputs: [x], outputs: { y } })).run({
      x: tensor([1, 2, 3, 4], [2, 2], 'int32'),
    }) as Record<string, Tensor>
    expect(Array.from(got['y']?.data ?? [], Number)).toEqual([7, 10, 15, 22])
  })

  it('puts the letters of an output that is left out in the order of the alphabet, capitals first', () => {
    expect(einsum('ba', input('x', ['B', 'A'])).shape).toEqual(['A', 'B'])
    expect(einsum('b...A', input('x', ['b', 'N', 'A'])).shape).toEqual(['N', 'A', 'b'])
  })

  it.each([
    ['ij,jk->ik', /is not for 1 operands/],
    ['ij->k', /'k' in its output/],
    ['ij->ii', /'i' in its output twice/],
    ['i', /does not fit \[2, 3\]/],
    ['i1->i', /is not one/],
    ['i...j...->i', /is not one/],
    ['ii->i', /'i' as 2 and as 3/],
    ['ij->i->j', /is not for 1 operands/],
    ['', /does not fit/],
  ])('refuses %s', (equation, message) => {
    expect(() => apply(einsumOperator, [input('x', [2, 3])], { equation })).toThrow(message)
  })
})
