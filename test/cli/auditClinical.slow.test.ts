// Three tables that an audit once called held, or nearly so, from outside: the command line, default policy, all attacks.

import { writeFileSync } from 'node:fs'
import { describe, expect, it } from 'vitest'
import { breastCancerLike, type ClinicalTable, diabetesLike, wineLike } from '../clinicalTables.ts'
import { workplace, works } from './harness.ts'

const place = workplace()

interface Found {
  readonly attack: string
  readonly metrics: readonly { readonly name: string; readonly value: number }[]
}

/** Protects the table and audits what left; answers the exit code and what each attack measured. */
async function audited(name: string, { features, label }: ClinicalTable, classes: boolean, layers: number) {
  const head = [...features.map((_, j) => `c${j}`), 'y'].join(',')
  const lines = Array.from(label, (y, r) =>
    [...features.map((column) => column[r]), classes ? `kind ${y}` : y].join(','),
  )
  writeFileSync(place.at(`${name}.csv`), `${[head, ...lines].join('\n')}\n`)
  const key = `--layers ${layers} --unsealed --audit off --out ${name}.key`
  await works(place, `key create ${name}.csv --label y ${key}`)
  await works(place, `protect ${name}.csv --key ${name}.key --out ${name}-p.csv`)
  const { code } = await place.run(
    `audit ${name}-p.csv --original ${name}.csv --key ${name}.key --known 20 --out ${name}.html`,
  )
  const { findings } = JSON.parse(place.read(`${name}.json`)) as { readonly findings: readonly Found[] }
  return {
    code,
    got: (attack: string, metric: string) =>
      findings.find((f) => f.attack === attack)!.metrics.find((m) => m.name === metric)!.value,
  }
}

describe('an audit', () => {
  it('breaks the policy on a whole number as label, behind eighteen layers', async () => {
    const { code, got } = await audited('diabetes', diabetesLike(1), false, 18)
    expect(code).toBe(3)
    for (const attack of ['target-pairs', 'target-people', 'target-shape'])
      expect(got(attack, 'labels')).toBe(1)
    expect(got('target-linkage', 'rank1')).toBeGreaterThan(0.9)
  })

  it('breaks it on classes and people of a wine-like table, behind three', async () => {
    const { code, got } = await audited('wine', wineLike(1), true, 3)
    expect(code).toBe(3)
    expect(got('class-naming', 'labels')).toBe(1)
    expect(got('alternating-linkage', 'rank1')).toBeGreaterThan(0.9)
    expect(got('alternating-inversion', 'cells5')).toBeGreaterThan(0.8)
  })

  it('breaks it on exact cells of thirty columns, behind three', async () => {
    const { code, got } = await audited('breast', breastCancerLike(1), true, 3)
    expect(code).toBe(3)
    expect(got('alternating-inversion', 'cells1')).toBeGreaterThan(0.75)
    expect(got('class-geometry', 'labels')).toBe(1)
  })
})
