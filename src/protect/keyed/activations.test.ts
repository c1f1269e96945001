import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { compile, graph, input, tensor } from '../../graph/index.ts'
import { keyActivationNames } from './activationNames.ts'
import { keyActivation } from './activations.ts'

async function run(name: string, way: 'forward' | 'inverse', values: Float64Array): Promise<Float64Array> {
  const x = input('x', ['N'], 'float64')
  const program = await compile(graph({ inputs: [x], outputs: { y: keyActivation(name)[way](x) } }), {
    executor: 'native',
  })
  const { y } = await program.run({ x: tensor(values, [values.length], 'float64') })
  const out = Float64Array.from(y!.data as Float64Array)
  await program.close()
  return out
}

describe.each(keyActivationNames)('%s', (name) => {
  const { reach, range, plain } = keyActivation(name)
  const within = fc.array(fc.double({ min: -reach, max: reach, noNaN: true }), {
    minLength: 1,
    maxLength: 50,
  })

  it('computes in ONNX Runtime what the plain form says, both ways', async () => {
    await fc.assert(
      fc.asyncProperty(within, async (zs) => {
        const y = await run(name, 'forward', Float64Array.from(zs))
        const back = await run(name, 'inverse', y)
        zs.forEach((z, i) => {
          expect(Math.abs(y[i]! - plain.forward(z))).toBeLessThan(1e-14 * Math.max(1, Math.abs(y[i]!)))
          expect(Math.abs(back[i]! - plain.inverse(y[i]!))).toBeLessThan(2e-13 * Math.max(1, Math.abs(z)))
          expect(Math.abs(back[i]! - z)).toBeLessThan(
            (2e-15 / plain.slope(z)) * Math.max(1, Math.abs(y[i]!)) + 1e-15,
          )
        })
      }),
      { numRuns: 10 },
    )
  })

  it('increases strictly, stays in its range, and has the slope it says', () => {
    for (let z = -reach; z < reach; z += 0.037) {
      const y = plain.forward(z)
      expect(y > range[0] && y < range[1]).toBe(true)
      expect(plain.forward(z + 1e-6)).toBeGreaterThan(y)
      const central = (plain.forward(z + 1e-6) - plain.forward(z - 1e-6)) / 2e-6
      if (Math.abs(z) > 1e-5)
        expect(Math.abs(central - plain.slope(z))).toBeLessThan(1e-8 * Math.max(1, central))
      expect(Math.abs(plain.inverse(y) - z)).toBeLessThan(1e-12)
    }
  })
})

it('has its reach where the slope has fallen to 0.18 of its largest, but for the two with corners or none', () => {
  for (const name of ['tanh', 'sigmoid', 'exp', 'softsign', 'elu', 'asinh'] as const) {
    const { reach, plain } = keyActivation(name)
    const steepest = Math.max(plain.slope(-reach), plain.slope(0), plain.slope(reach))
    expect(Math.min(plain.slope(-reach), plain.slope(reach)) / steepest).toBeCloseTo(0.18, 1)
  }
})

it.each(['relu', 'step', 'square', 'softmax', 'gelu'])('refuses %s with the reason', (name) => {
  expect(() => keyActivation(name)).toThrow(`'${name}' is not invertible: many inputs give one output`)
  expect(() => keyActivation(name)).toThrow(expect.objectContaining({ code: 'usage' }))
})

it('refuses a name that it does not know, and names of object members', () => {
  expect(() => keyActivation('thanh')).toThrow("there is no activation 'thanh'")
  expect(() => keyActivation('constructor')).toThrow("there is no activation 'constructor'")
})
