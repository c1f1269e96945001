import { existsSync, readFileSync, writeFileSync } from 'node:fs'
import { setTimeout } from 'node:timers/promises'
import { describe, expect, it } from 'vitest'
import { ended, json, refused, workplace } from './harness.ts'

const place = workplace()
const small = 'reproduce spg --figure stages --quick --seeds 1'
const checkpoint = (out: string) => place.at(`${out}/.stages.checkpoint`)
const lines = (out: string) =>
  existsSync(checkpoint(out)) ? readFileSync(checkpoint(out), 'utf8').split('\n').length - 1 : 0

/** Starts a run and ends it by a signal once it has some answers, but not all. */
async function interrupted(out: string, signal: NodeJS.Signals) {
  const child = place.start([...small.split(' '), '--workers', '1', '--out', out])
  const end = ended(child)
  while (lines(out) < 4 && child.exitCode === null) await setTimeout(5)
  child.kill(signal)
  return end
}

describe('frostglass reproduce', () => {
  it('measures figures 11, 13 and 14 and writes JSON, SVG and a page', async () => {
    const found = await json(place, 'reproduce spg --figure 11 --quick --seeds 1 --out figures')
    const [own] = found.experiments
    expect(found.experiments.length).toBe(1)
    expect(own.files).toEqual(
      ['figure-11.svg', 'figure-13.svg', 'figure-14.svg', 'signal.svg', 'settings.svg']
        .concat('classification.json', 'classification.md')
        .map((name) => `figures/${name}`),
    )
    expect(JSON.parse(place.read('figures/classification.json'))).toEqual(own.data)
    expect(own.data.about.settings).toEqual({ quick: true, seed: 0, seeds: 1 })
    for (const name of own.files.slice(0, 5)) expect(place.read(name)).toMatch(/^<svg .+<\/svg>$/s)
    expect(place.read('figures/figure-11.svg')).not.toMatch(/NaN|undefined/)
    const page = place.read('figures/classification.md')
    expect(page).toMatch(/^# /)
    expect(page).not.toMatch(/NaN|undefined|Infinity/)
    for (const [, name] of page.matchAll(/\]\((.+\.svg)\)/g)) expect(place.has(`figures/${name}`)).toBe(true)
    expect(place.has('figures/.classification.checkpoint')).toBe(false)
  })

  it('goes on after kill -9, to the same result as a run of one piece', async () => {
    const whole = await json(place, `${small} --out whole`)
    const killed = await interrupted('killed', 'SIGKILL')
    expect(killed.signal).toBe('SIGKILL')
    expect(place.has('killed/stages.json')).toBe(false)
    expect(lines('killed')).toBeGreaterThan(2)
    const rest = await json(place, `${small} --out killed`)
    expect(rest.experiments[0].data.points).toEqual(whole.experiments[0].data.points)
  })

  it('stops at Ctrl-C with 130, goes on from what was measured, and starts over when told to', async () => {
    const stopped = await interrupted('stopped', 'SIGINT')
    expect(stopped).toMatchObject({ code: 130, out: '' })
    expect(place.has('stopped/stages.json')).toBe(false)
    // An answer that no training gives, so that it can be found again; and a line that a kill has cut.
    const kept = readFileSync(checkpoint('stopped'), 'utf8').replace(/"accuracy":[\d.]+/, '"accuracy":-7')
    const planted = `${kept}{"task":5,"ans`
    writeFileSync(checkpoint('stopped'), planted)
    const lowest = (found: { experiments: { data: { points: { accuracy: { mean: number } }[] } }[] }) =>
      Math.min(...found.experiments[0]!.data.points.map((p) => p.accuracy.mean))
    expect(lowest(await json(place, `${small} --out stopped`))).toBeLessThan(0)
    expect(lines('stopped')).toBe(0)
    writeFileSync(checkpoint('stopped'), planted)
    expect(lowest(await json(place, `${small} --out stopped --fresh`))).toBeGreaterThan(0.3)
    // A checkpoint of other settings is not used.
    writeFileSync(checkpoint('stopped'), planted)
    expect(lowest(await json(place, `${small} --seed 1 --out stopped`))).toBeGreaterThan(0.3)
  })

  it('counts table 1 of the study', async () => {
    const found = await json(place, 'reproduce study --figure table1 --out study')
    expect(found.experiments[0].files).toEqual(['study/table-1.json', 'study/table-1.md'])
    expect(found.experiments[0].data.counted[0]).toMatchObject({
      name: 'ObfNet-MLP',
      parameters: 154_291_712,
    })
    expect(place.has('study/.shared')).toBe(false)
  })

  it('refuses what it cannot do', async () => {
    await refused(place, 'reproduce obfnet --figure 12', 2, ["obfnet has no figure '12'", 'take one of 3, 4'])
    await refused(place, 'reproduce study --figure 12 --quick', 2, ['--data', 'imagenette-224'])
    await refused(place, 'reproduce study --quick --full', 2, ['cannot be used with'])
    await refused(place, 'reproduce obfnet --data nowhere', 2, ['nowhere', 'no such folder'])
    await refused(place, 'reproduce spg --data .', 2, ['--data is for other papers'])
    await refused(place, 'reproduce encrypted-sentiment --figure paper', 2, [
      'reviews are needed',
      'pos and neg',
    ])
    await refused(place, 'reproduce encrypted-sentiment --data .', 2, ['has no reviews'])
    await refused(place, 'reproduce spqr', 2, ["there is no paper 'spqr'", 'take spg'])
    await refused(place, 'reproduce spg --figure 15', 2, ['15', 'Allowed choices'])
    await refused(place, 'reproduce spg --seeds 0', 2, ['whole number from 1'])
    writeFileSync(place.at('file'), '')
    await refused(place, `${small} --out file/inside`, 2, ['cannot be made'])
  })
})
