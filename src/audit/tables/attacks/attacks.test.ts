import { readFileSync } from 'node:fs'
import { describe, expect, it } from 'vitest'
import { evidenceOf, independentColumns, mixed } from '../../../../test/plantedEvidence.ts'
import { type ColumnPane, layered, projection, protections, rotation } from '../../../protect/index.ts'
import { attacks } from '../../index.ts'
import type { Evidence } from '../evidence.ts'

const secret = new Uint8Array(32).fill(6)
const features = mixed(independentColumns(120, 4, 1), 1)
const codes = Int32Array.from({ length: 120 }, (_, r) => (r % 3 === 0 ? 0 : 1))

const panes: [string, ColumnPane][] = [
  ['layered', layered.fit(features, { layers: 2, activation: 'tanh', matrix: 'bounded', secret })],
  ['rotation', rotation.fit(features, { secret })],
  ['rotation and translation', rotation.fit(features, { translation: true, secret })],
  ['projection', projection.fit(features, { dimensions: 3, secret })],
  ['projections of four participants', projection.fit(features, { dimensions: 3, participants: 4, secret })],
]

const numbers = features[0]!.map(Math.round)

function released(pane: ColumnPane, label: 'classes' | 'target'): Evidence {
  return {
    ...evidenceOf(features, pane.protect(features), pane.about),
    ...(pane.participantsOf ? { participants: pane.participantsOf(120) } : {}),
    ...(label === 'classes'
      ? { labels: { classes: 2, original: codes, released: codes.map((c) => 1 - c) } }
      : { target: { original: numbers, released: numbers.map((t) => 0.3 - t / 7) } }),
  }
}

const labelled = panes.flatMap(([name, pane]) =>
  (['classes', 'target'] as const).map((label) => [name, label, pane] as const),
)

describe.each(labelled)('%s with %s', (name, label, pane) => {
  const evidence = released(pane, label)
  const fitting = attacks.filter((attack) => attack.applies(evidence))

  it('is met by the attacks on what it keeps', () => {
    const met = (attack: string) => fitting.some((a) => a.name === attack)
    expect(met('linear-inversion') && met('distance-linkage') && met('landmark-linkage')).toBe(true)
    expect(met('label-frequency') && met('class-naming')).toBe(label === 'classes')
    expect(met('target-pairs') && met('target-linkage')).toBe(label === 'target')
    expect(met('known-sample')).toBe(name !== 'layered')
    expect(met('principal-axes')).toBe(name.startsWith('rotation'))
    expect(met('blind-alignment')).toBe(!name.startsWith('projection'))
  })

  // What does not look at a number to be predicted is met with classes already.
  const own = fitting.filter(({ reads }) => label === 'classes' || reads.includes('target'))

  it.each(own)('is met by $name with numbers that make sense', async (attack) => {
    const known = Math.max(attack.fewest, 12)
    const finding = await attack.run(evidence, { known, seed: 1, effort: 'quick' })
    expect(finding).toMatchObject({ attack: attack.name, standpoint: attack.standpoint })
    expect(finding.known).toBe(attack.standpoint === 'leak' ? known : 0)
    expect(finding.metrics.length).toBeGreaterThan(0)
    for (const { name, value, interval, chance } of finding.metrics) {
      const low = name === 'explained' ? Number.NEGATIVE_INFINITY : 0
      for (const x of [value, ...interval, chance]) {
        expect(x, name).toBeGreaterThanOrEqual(low)
        expect(x, name).toBeLessThanOrEqual(1)
      }
      expect(interval[0], name).toBeLessThanOrEqual(interval[1])
    }
  })
})

it('lists attacks and protections under names of their own, each with what a reader must know', () => {
  for (const list of [attacks, protections]) expect(new Set(list.map((x) => x.name)).size).toBe(list.length)
  for (const { name, title, needs, source } of attacks) {
    expect(name).toMatch(/^[a-z]+(-[a-z]+)*$/)
    for (const text of [title, needs, source]) expect(text.length, name).toBeGreaterThan(5)
  }
  for (const { name, standpoint, reads, holds } of attacks) {
    expect(reads.length, name).toBeGreaterThan(0)
    expect(holds.length, name).toBeGreaterThan(0)
    expect(
      holds.some((h) => h === 'pairs' || h === 'ranks'),
      name,
    ).toBe(standpoint === 'leak')
  }
  for (const { name, summary, givesAway } of protections) {
    for (const text of [summary, givesAway]) expect(text.length, name).toBeGreaterThan(20)
  }
  expect(protections.map((p) => p.name)).toEqual(['layered', 'rotation', 'projection'])
})

it('is shown in CONTRIBUTING by code that is in the files', () => {
  const read = (path: string) => readFileSync(new URL(`../../../../${path}`, import.meta.url), 'utf8')
  const flat = (text: string) => text.replaceAll(/\s+/g, ' ').trim()
  const excerpts = [...read('CONTRIBUTING.md').matchAll(/```ts\n\/\/ (src\/\S+)\n([\s\S]*?)```/g)]
  expect(excerpts.map(([, path]) => path)).toEqual([
    'src/protect/keyed/rotation.ts',
    'src/protect/keyed/projection.ts',
    'src/audit/tables/attacks/knownSample.ts',
    'src/private/mechanisms/select.ts',
  ])
  for (const [, path, code] of excerpts) {
    // Dots stand for what is left out.
    for (const part of code!.split(/^ *\/\/ …$/m)) expect(flat(read(path!)), path).toContain(flat(part))
  }
})
