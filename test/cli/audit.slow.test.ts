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
  rules: [{ name: 'all', against: 'distance-linkage', metric: 'rank1', most: 0.99 }],
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
        hint: 'Read what to change in json.html.',
      },
    })
    expect(JSON.parse(result.out)).toEqual(JSON.parse(place.read('json.json')))
  })

  it('ends with 3 for what was not measured, and with 0 where a policy, or one of before, lets it pass', async () => {
    put('small.csv', csv(wheat.slice(0, 61).map((line) => line.split(',').slice(0, 3).join(','))))
    await works(place, 'key create small.csv --layers 2 --unsealed --audit off --out s.key')
    await works(place, 'protect small.csv --key s.key --out s.csv')
    const rule = lenient.rules[0]!
    const rules = [
      rule,
      { ...rule, name: 'nobody’s', against: 'server' },
      { ...rule, name: 'no label', against: 'any', metric: 'labels' },
    ]
    const before = { ...lenient, name: 'of before', rules }
    put('before.json', JSON.stringify(before))
    for (const unmeasured of ['fails', 'allowed'])
      put(`${unmeasured}.json`, JSON.stringify({ ...before, version: 2, name: unmeasured, unmeasured }))
    const run = (policy: string) =>
      place.run(
        `audit s.csv --original small.csv --key s.key --known 5 --policy ${policy}.json --out s.html --force`,
      )
    const failed = await run('fails')
    expect(failed.code).toBe(3)
    expect(failed.err).toContain("the policy 'fails' does not hold: 1 of 3 rules could not be measured")
    expect(failed.out).toMatch(
      /^1 of 3 rules could not be measured\.\nDo not release this file on this audit: not measured/,
    )
    expect(failed.out).toMatch(/nobody’s +│ +not measured │/)
    expect(failed.out).toMatch(/no label +│ +does not apply │/)
    expect(JSON.parse(place.read('s.csv.manifest.json')).leakReport.verdict).toBe('broken')
    for (const policy of ['allowed', 'before']) {
      const passed = await run(policy)
      expect(passed.code).toBe(0)
      // It passes, and is not said to have held.
      expect(passed.out).toContain(
        '1 not measured, 1 not applicable, 1 held, of 3. That is no proof of safety.',
      )
      expect(JSON.parse(place.read('s.csv.manifest.json')).leakReport).toMatchObject({
        verdict: 'held',
        policy: expect.stringMatching(
          new RegExp(
            `^${policy === 'before' ? 'of before' : policy} \\(not built in, SHA-256 [0-9a-f]{64}\\) \\(not measured: 1 of 3 rules\\)$`,
          ),
        ),
      })
    }
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
      policy: expect.stringMatching(/^anything goes \(not built in, SHA-256 [0-9a-f]{64}\)$/),
      known: 3,
    })
  })
})
