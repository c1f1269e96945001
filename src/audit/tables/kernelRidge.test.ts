import { describe, expect, it } from 'vitest'
import { noiseColumns } from '../../../test/plantedEvidence.ts'
import { whiten } from './attacks/whitening.ts'
import { fitKernelRidge, type Kernel, kernels, kernelsNear } from './kernelRidge.ts'

const { white, spread } = whiten(noiseColumns(90, 3, 1))
const bent = [white[0]!.map((x, r) => x + 0.5 * white[1]![r]! ** 2), white[2]!.map((x) => Math.tanh(x))]
const rows = (columns: readonly Float64Array[], keep: (r: number) => boolean) =>
  columns.map((column) => column.filter((_, r) => keep(r)))

describe('kernel ridge', () => {
  it.each<Kernel>([
    { power: 0, width: Number.POSITIVE_INFINITY, penalty: 1e-3 },
    { power: 1, width: 1, penalty: 1e-2 },
    { power: 0.5, width: 3, penalty: 1e-5 },
  ])('gives for each row the error of a fit without it, but for the mean: %o', (kernel) => {
    // Columns of mean zero whatever is left out: the mean is the one number that the closed form does not refit.
    const mirrored = {
      white: white.map((c) => Float64Array.from([...c, ...c.map((x) => -x)])),
      spread,
    }
    const odd = mirrored.white[0]!.map((x, r) => x + x ** 3 / 5 - mirrored.white[1]![r]!)
    const { leftOut } = fitKernelRidge(mirrored, [odd], [kernel])
    const left = 7
    const others = rows(mirrored.white, (r) => r !== left)
    const without = fitKernelRidge(
      { white: others, spread },
      rows([odd], (r) => r !== left),
      [kernel],
    )
    const guess = without.predict(mirrored.white.map((c) => c.slice(left, left + 1)))[0]![0]!
    expect(Math.abs(leftOut[0]![left]! - (odd[left]! - guess))).toBeLessThan(0.05)
  })

  it('finds what lines do not, and says how far it errs on other rows', () => {
    const fit = fitKernelRidge(
      { white: rows(white, (r) => r < 70), spread },
      rows(bent, (r) => r < 70),
      kernels,
    )
    const guess = fit.predict(rows(white, (r) => r >= 70))
    const truth = rows(bent, (r) => r >= 70)
    const missed = truth.flatMap((column, t) => Array.from(column, (x, r) => (x - guess[t]![r]!) ** 2))
    const mean = missed.reduce((a, b) => a + b) / missed.length
    expect(fit.kernel.width).toBeLessThan(Number.POSITIVE_INFINITY)
    expect(mean).toBeLessThan(0.2)
    expect(fit.error).toBeLessThan(0.2)
  })

  it('learns nothing from noise: other rows are given about the mean', () => {
    const noise = noiseColumns(90, 1, 3)
    const fit = fitKernelRidge({ white, spread }, noise, kernels)
    const variance = noise[0]!.reduce((sum, x) => sum + x * x, 0) / 90
    expect(fit.error).toBeGreaterThan(0.75 * variance)
  })

  it('is exact on a line, and answers the mean where rows are all alike', () => {
    const line = white[0]!.map((x, r) => 3 * x - white[1]![r]! + 5)
    const fit = fitKernelRidge({ white, spread }, [line], kernels)
    expect(fit.error).toBeLessThan(1e-6)
    expect(kernelsNear(fit.kernel)).toContainEqual(fit.kernel)
    const alike = { white: [new Float64Array(5)], spread: [1] }
    const flat = fitKernelRidge(alike, [Float64Array.of(1, 2, 3, 4, 5)], kernels)
    expect(flat.predict([Float64Array.of(0, 9)])[0]![0]).toBeCloseTo(3, 9)
  })
})
