// An audit of a table, whole, with its JSON: audit.test.ts has the rest.

import { writeFileSync } from 'node:fs'
import { beforeAll, describe, expect, it } from 'vitest'
import { csv, json, wheat, workplace, works } from './harness.ts'

const place = workplace()
const put = (name: string, text: string) => writeFileSync(place.at(name), text)
const audit = 'audit p.csv --original wheat.csv --key k.key --known 20 --out'
const lenient = {
  format: 'frostglass-policy',
  version: 1,
  name: 'anything goes',
  rules: [{ name: 'all', against: 'any', metric: 'cells5', most: 1 }],
}

beforeAll(async () => {
  put('wheat.csv', csv(wheat))
  await works(place, 'key create wheat.csv --label variety --layers 2 --unsealed --audit off --out k.key')
  await works(place, 'protect wheat.csv --key k.key --out p.csv')
})

describe('an audit', () => {
  it('gives its JSON on stdout, also when the policy is broken', async () => {
    const result = await place.run(`${audit} json.html --json`)
    expect(result.code).toBe(3)
    expect(JSON.parse(result.err)).toEqual({
      error: {
        code: 'policy',
        message: "the policy 'default' is broken",
        hint: 'read what to change in json.html',
      },
    })
    expect(JSON.parse(result.out)).toEqual(JSON.parse(place.read('json.json')))
  })

  it('ends with 0 when the policy holds, and replaces a report with --force', async () => {
    put('lenient.json', JSON.stringify(lenient))
    const report = await json(place, `${audit} json.html --policy lenient.json --known 3 --seed 5 --force`)
    expect(report).toMatchObject({
      verdict: { status: 'held' },
      policy: { name: 'anything goes' },
      run: { known: 3, seed: 5, effort: 'quick' },
    })
    expect(JSON.parse(place.read('json.json'))).toEqual(report)
    expect(JSON.parse(place.read('p.csv.manifest.json')).leakReport).toMatchObject({
      verdict: 'held',
      policy: 'anything goes',
      known: 3,
    })
  })
})
