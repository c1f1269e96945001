import { describe, expect, it } from 'vitest'
import type { CertifiedResults } from './results.ts'
import { percentSpread, targetRows } from './targets.ts'

const of = (mean: number) => ({ mean, deviation: 0.001 })
const results = (release: object, more: Partial<CertifiedResults> = {}) =>
  ({
    releases: [{ source: 'digits', attribute: 'slant', lambda: 0, kind: 'k-means', codes: 10, ...release }],
    dense: [],
    floors: [],
    voted: [],
    bundled: [],
    coverage: [],
    people: null,
    asked: [],
    ...more,
  }) as unknown as CertifiedResults
const reached = (release: object) => targetRows(results(release))[0]!.reached

describe('what was reached', () => {
  it('is by every mark of the row, at least or at most', () => {
    expect(reached({ accuracy: of(0.985), upper: of(0.449) })).toBe('stretch')
    expect(reached({ accuracy: of(0.985), upper: of(0.4501) })).toBe('must')
    expect(reached({ accuracy: of(0.98), upper: of(0.44) })).toBe('must')
    expect(reached({ accuracy: of(0.974), upper: of(0.44) })).toBe('missed')
    expect(reached({ accuracy: of(0.99), upper: of(0.4531) })).toBe('missed')
  })

  it('is said of rows that were not measured, and of refusals', () => {
    const rows = (more: Partial<CertifiedResults>) =>
      new Map(targetRows(results({ accuracy: of(1), upper: of(0) }, more)).map((row) => [row.name, row]))
    const none = rows({})
    expect(none.get('thickness, 10 codes')).toMatchObject({ reached: 'not measured', measured: '' })
    expect(none.get('sex of 16 people')!.reached).toBe('not measured')
    const people = (kind: string, words: string) =>
      rows({ people: { verdict: { kind, words } } } as never).get('sex of 16 people')!.reached
    expect(people('not certifiable', 'not certifiable: 16 people')).toBe('must')
    expect(people('stated', 'at most 71.2%')).toBe('missed')
    const one = (binomial: number) =>
      rows({ coverage: [{ of: 'one code, 80 : 20', violations: { binomial } }] } as never).get(
        'violations at δ = 5%, one code',
      )!.reached
    expect([0.005, 0.03, 0.061].map(one)).toEqual(['missed', 'must', 'missed'])
  })

  it('of sessions is against the same windows one by one', () => {
    const voted = (accuracy: number, windows: number) =>
      targetRows(
        results({ accuracy: of(1), upper: of(0) }, {
          voted: [
            { length: 5, accuracy: of(accuracy), windows: of(windows), attack: of(0.08), upper: of(0.15) },
          ],
        } as never),
      ).find(({ name }) => name.startsWith('person'))!.reached
    expect(voted(0.8, 0.78)).toBe('must')
    expect(voted(0.8, 0.79)).toBe('missed')
  })

  it('of a frozen net is against the pane’s own reading', () => {
    const asked = (accuracy: number, agreement = 0.98, second = accuracy) =>
      targetRows(
        results({ accuracy: of(1), upper: of(0) }, {
          asked: [
            {
              net: 'lenet',
              codes: 10,
              kind: 'tuned',
              pane: of(0.985),
              answers: { accuracy: of(accuracy), agreement: of(agreement), second: of(second) },
            },
          ],
        } as never),
      ).find(({ name }) => name.startsWith('frozen LeNet'))!.reached
    expect(asked(0.985)).toBe('stretch')
    expect(asked(0.985, 0.98, 0.979)).toBe('must')
    expect(asked(0.9845)).toBe('must')
    expect(asked(0.983)).toBe('missed')
    expect(asked(0.985, 0.97)).toBe('missed')
  })
})

it('percentages have their deviation where there is one', () => {
  expect(percentSpread({ mean: 0.4489, deviation: 0.0012 })).toBe('44.9 ± 0.1')
  expect(percentSpread({ mean: 0.5, deviation: 0 }, 2)).toBe('50.00')
})
