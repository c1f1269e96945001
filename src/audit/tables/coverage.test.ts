import { readFileSync } from 'node:fs'
import { describe, expect, it } from 'vitest'
import { holdings } from '../finding.ts'
import { releasedParts } from './attack.ts'
import { attacks } from './attacks.ts'
import { coverageMarkdown, coverageOf } from './coverage.ts'

const guide = readFileSync(new URL('../../../docs/reference/attacks-on-tables.md', import.meta.url), 'utf8')

describe('what attacks cover', () => {
  it('is in docs/reference/attacks-on-tables.md as the code says it, word for word', () => {
    const [, shown] = guide.match(/<!-- coverage -->\n([\s\S]*?)\n<!-- \/coverage -->/) ?? []
    expect(shown, 'put coverageMarkdown(attacks) of src/audit/tables/coverage.ts there').toBe(
      coverageMarkdown(attacks),
    )
  })

  it('holds every attack in every field that is its own, and in no other', () => {
    const covered = coverageOf(attacks)
    for (const { name, standpoint, holds, reads } of attacks) {
      expect(reads.length, name).toBeGreaterThan(0)
      for (const row of covered) {
        const own = row.standpoint === standpoint && [...row.holds].sort().join() === [...holds].sort().join()
        releasedParts.forEach((part, p) => {
          expect(row.attacks[p]!.includes(name)).toBe(own && reads.includes(part))
        })
      }
    }
  })

  it('shows its empty fields: every standpoint, every holding, every part, whatever attacks there are', () => {
    const empty = coverageOf([])
    expect(new Set(empty.map(({ standpoint }) => standpoint))).toEqual(
      new Set(['blind', 'leak', 'outsider', 'server']),
    )
    for (const standpoint of ['blind', 'leak'] as const) {
      const held = empty.filter((row) => row.standpoint === standpoint).flatMap(({ holds }) => holds)
      for (const holding of holdings)
        expect(held.includes(holding)).toBe(standpoint === 'leak' || holding !== 'pairs')
    }
    for (const { attacks: fields } of empty) expect(fields).toEqual(releasedParts.map(() => []))
    expect(coverageMarkdown([]).match(/ – /g)!.length).toBe(empty.length * releasedParts.length)
  })

  it('has a row of its own for what nobody thought of', () => {
    const odd = {
      name: 'odd',
      standpoint: 'leak',
      reads: ['order'],
      holds: ['ranks', 'pairs', 'people'],
    } as const
    const row = coverageOf([odd]).find(({ holds }) => holds.length === 3)!
    expect(row).toMatchObject({ standpoint: 'leak', holds: ['pairs', 'people', 'ranks'] })
    expect(row.attacks[releasedParts.indexOf('order')]).toEqual(['odd'])
  })
})
