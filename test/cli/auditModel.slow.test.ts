import { writeFileSync } from 'node:fs'
import { describe, expect, it } from 'vitest'
import { csv, json, wheat, workplace, works } from './harness.ts'

const place = workplace()
const put = (name: string, text: string) => writeFileSync(place.at(name), text)

put('in.csv', csv([wheat[0]!, ...wheat.slice(1).filter((_, i) => i % 2 === 0)]))

describe('audit canaries and audit training', () => {
  it('catch training without noise at a small claim, and find nothing against a large one', async () => {
    const written = await json(
      place,
      'audit canaries in.csv --label variety --count 150 --out salted.csv --canaries canaries.csv',
    )
    expect(written).toMatchObject({ rows: 105, canaries: 150 })
    const cells = place.cells('canaries.csv')
    expect(cells[0]!.at(-1)).toBe('canary_included')
    const coins = cells.slice(1).map((row) => row.at(-1))
    expect(coins.filter((coin) => coin === '1')).toHaveLength(written.included)
    // Whoever trains gets the rows, the canaries that are in, and no coins.
    const salted = place.cells('salted.csv')
    expect(salted[0]).toEqual(place.cells('in.csv')[0])
    expect(salted).toHaveLength(1 + 105 + written.included)
    await works(place, 'train salted.csv --label variety --folds 0 --epochs 60 --hidden 64 --out salted.onnx')
    const audit = 'audit training --canaries canaries.csv --model salted.onnx --epsilon'
    const caught = await place.run(`${audit} 0.01 --out caught.html`)
    expect(caught.code).toBe(3)
    expect(caught.out).toMatch(/^The run is caught: it gives away more than it claims\./)
    expect(caught.err).toMatch(/the training gives away more than it claims\n {2}Look for noise/)
    expect(place.read('caught.html')).toContain('✗ The claim is broken')
    // A privately trained model says itself what it claims.
    const numbers = salted[0]!.slice(0, -1).map((name) => `--bounds ${name}=0:25`)
    const budget = '--epsilon 2 --delta 1e-5 --epochs 3 --batch 50 --classes Kama,Rosa,Canadian'
    await works(
      place,
      `private train salted.csv --label variety ${budget} ${numbers.join(' ')} --out private.onnx`,
    )
    const fine = await json(place, 'audit training --canaries canaries.csv --model private.onnx')
    expect(fine).toMatchObject({ verdict: { status: 'held' }, training: { canaries: 150, caught: false } })
    expect(fine.training.claimed.epsilon).toBeGreaterThan(1.5)
    expect(fine.training.claimed.epsilon).toBeLessThanOrEqual(2)
  })
})
