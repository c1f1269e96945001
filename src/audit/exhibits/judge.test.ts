// Verdicts on made-up exhibits: what gets more than is allowed is broken, and an attack that never worked shows nothing.
// Source: docs/how-to/run-exhibits.md.

import { describe, expect, it } from 'vitest'
import type { Exhibit, Form } from './exhibit.ts'
import { exhibits } from './index.ts'
import { figureText, judgeExhibits } from './judge.ts'
import { exhibitsPage } from './page.ts'

/** An exhibit whose attack gets these figures where 1 is allowed. */
const made = (name: string, before: number, today: number): Exhibit => ({
  name,
  title: `<i>${name}</i>`,
  claim: 'Nobody gets more than 1 & a bit.',
  source: 'nobody',
  mended: 'Nothing.',
  run: async (form) => ({ allowed: 1, measured: form === 'today' ? today : before, unit: 'bits' }),
})

const both: readonly Form[] = ['before', 'today']
const judged = (forms: readonly Form[], ...some: readonly Exhibit[]) =>
  judgeExhibits(some, { forms, quick: true })

describe('exhibits', () => {
  it('are broken, held, or show nothing', async () => {
    const report = await judged(
      both,
      made('held', 1.1, 1),
      made('broken', 2, 1.000001),
      made('moot', 0.9, 0.5),
      made('endless', Number.POSITIVE_INFINITY, Number.NaN),
    )
    expect(report.exhibits.map(({ verdict }) => verdict)).toEqual([
      'held against this attack',
      'broken',
      'shows nothing',
      'broken',
    ])
    expect(report.exhibits[3]).toMatchObject({ before: { measured: 'Infinity' }, today: { measured: 'NaN' } })
    expect(report.verdict.status).toBe('broken')
    expect(report.verdict.sentence).toMatch(
      /^Broken today: 2 of 4 \(broken, endless\)\. On moot the attack failed/,
    )
    expect(JSON.parse(JSON.stringify(report))).toEqual(report)
  })

  it('hold only where each attack worked before and was run today', async () => {
    const one = made('one', 3, 0.2)
    expect((await judged(both, one)).verdict).toEqual({
      status: 'held',
      sentence: 'Today’s forms held against these attacks: 1 of 1. Another attack may do better.',
    })
    expect((await judged(both, one, made('moot', 1, 1))).verdict.status).toBe('undecided')
    const before = await judged(['before'], one)
    expect(before.verdict.status).toBe('undecided')
    expect(before.exhibits[0]).toMatchObject({ today: null, verdict: 'broken before' })
    expect((await judged(['today'], one)).exhibits[0]).toMatchObject({
      before: null,
      verdict: 'held against this attack',
    })
  })

  it('that end in an error are named with their words, and the others stand', async () => {
    const crashing = (form: Form): Exhibit => {
      const whole = made(`crash-${form}`, 2, 0.5)
      return {
        ...whole,
        run: (own) => (own === form ? Promise.reject(new Error('out of <memory>')) : whole.run(own)),
      }
    }
    const ending: Exhibit = { ...made('ending', 2, 2), run: () => Promise.reject('no error at all') }
    const report = await judged(both, made('one', 3, 0.2), crashing('before'), crashing('today'), ending)
    expect(report.exhibits.map(({ verdict, failure }) => [verdict, failure])).toEqual([
      ['held against this attack', null],
      ['did not finish', 'before: out of <memory>'],
      ['did not finish', 'today: out of <memory>'],
      ['did not finish', 'before: no error at all; today: no error at all'],
    ])
    expect(report.exhibits[3]).toMatchObject({ before: null, today: null, unit: null })
    expect(report.verdict).toEqual({
      status: 'undecided',
      sentence:
        'Today’s forms held against these attacks: 1 of 4. Another attack may do better. Not finished, so that nothing is said of it: crash-before, crash-today, ending.',
    })
    const page = exhibitsPage(report)
    expect(page).toContain('today: out of &lt;memory&gt;')
    // Broken is broken, whatever its other form came to.
    const broken: Exhibit = {
      ...made('bad', 2, 2),
      run: async (form) =>
        form === 'before' ? Promise.reject(new Error('x')) : { allowed: 1, measured: 2, unit: 'bits' },
    }
    expect((await judged(both, broken)).exhibits[0]).toMatchObject({
      verdict: 'broken',
      failure: 'before: x',
    })
  })

  it('say how far they are, and stop when told', async () => {
    const steps: string[] = []
    const controller = new AbortController()
    const running = judgeExhibits([made('a', 2, 0), made('b', 2, 0)], {
      forms: both,
      quick: true,
      signal: controller.signal,
      onProgress: (done, total) => {
        steps.push(`${done}/${total}`)
        if (done === 3) controller.abort()
      },
    })
    await expect(running).rejects.toMatchObject({ code: 'aborted' })
    expect(steps).toEqual(['0/4', '1/4', '2/4', '3/4'])
  })

  it('stand on a page that says what it does not say, each text escaped', async () => {
    const report = await judged(both, made('held', 1.1, 1), made('broken', 2, 1.000001))
    const page = exhibitsPage(report)
    expect(page).toContain('&lt;i&gt;held&lt;/i&gt;')
    expect(page).not.toContain('<i>')
    expect(page).toContain('<h2 id="verdict">✗ A claim is broken</h2>')
    expect(page).toContain('<td>1.1</td><td>1</td>')
    expect(page).toContain('no proof that another would fail')
    expect(exhibitsPage(await judged(['before'], made('a', 2, 0)))).toContain('Not all was told')
    expect(page).not.toMatch(/\bsecure\b/i)
  })

  it('have names and words of their own', () => {
    expect(new Set(exhibits.map(({ name }) => name)).size).toBe(exhibits.length)
    for (const { name, title, claim, source, mended } of exhibits) {
      expect(name).toMatch(/^[a-z]+(-[a-z]+)*$/)
      for (const words of [title, claim, source, mended]) {
        expect(words.length).toBeGreaterThan(8)
        expect(words).not.toMatch(/\bsecure\b/i)
      }
    }
  })

  it('show figures so that a little above is above', () => {
    expect([0, 1, 1.00001, 0.9999999, 974137, 1.5e12, -8.5e-17, 'Infinity'].map(figureText)).toEqual([
      '0',
      '1',
      '1.00001',
      '1',
      '974,137',
      '1.5e12',
      '-8.5e-17',
      'Infinity',
    ])
  })
})
