// Risks beside those of Anonymeter on the same tables: scripts/anonymeter_golden.py made the fixture.

import { readFileSync } from 'node:fs'
import { describe, expect, it } from 'vitest'
import { halfCopied, people } from '../testing.ts'
import { syntheticAttacks } from './attacks.ts'
import { syntheticSight } from './contract.ts'

interface Case {
  readonly synthetic: 'fresh' | 'half'
  readonly attack: string
  readonly about: string
  readonly main: number
  readonly control: number
  readonly risk: number
}

const { cases, attacks } = JSON.parse(
  readFileSync(new URL('../fixtures/anonymeter.json', import.meta.url), 'utf8'),
) as { readonly attacks: number; readonly cases: readonly Case[] }

const [original, control, fresh] = [people(600, 1), people(600, 2), people(600, 3)]
const sights = {
  fresh: syntheticSight({ original, control, synthetic: fresh }),
  half: syntheticSight({ original, control, synthetic: halfCopied(original, fresh) }),
}

describe('Anonymeter', () => {
  it('was asked about both tables', () => {
    expect(cases.length).toBe(12)
  })

  it.each(cases)(
    'finds as much: $attack $about on $synthetic',
    async ({ synthetic, attack, about, main, control: strangers, risk }) => {
      const found = await syntheticAttacks
        .find(({ name }) => name === attack)!
        .find(sights[synthetic], { seed: 1, attacks, turn: () => undefined })
      const { metrics, measures } = found.find((finding) => (finding.about ?? '') === about)!
      const { interval } = metrics[0]!
      expect(risk).toBeGreaterThanOrEqual(interval[0])
      expect(risk).toBeLessThanOrEqual(interval[1])
      for (const [measure, theirs] of [
        [measures![0]!, main],
        [measures![1]!, strangers],
      ] as const) {
        expect(theirs).toBeGreaterThanOrEqual(measure.interval[0])
        expect(theirs).toBeLessThanOrEqual(measure.interval[1])
      }
    },
  )
})
