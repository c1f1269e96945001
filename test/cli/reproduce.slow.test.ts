import { createHash } from 'node:crypto'
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
    const kept = readFileSync(checkpoint('stopped'), 'utf8')
    const changed = kept.replace(/"accuracy":[\d.]+/, '"accuracy":-7')
    // Without its checksum it is damage, and so is any other change but an end that a kill has cut off.
    for (const damaged of [
      changed,
      kept.replace(/"run":"./, '"run":"'),
      kept.slice(1),
      kept.replace('\n', ''),
    ]) {
      writeFileSync(checkpoint('stopped'), damaged)
      await refused(place, `${small} --out stopped`, 2, [/checkpoint .* is damaged: line \d+[\s\S]*--fresh/])
    }
    const [identity, ...answers] = changed.trimEnd().split('\n')
    const summed = answers.map((line) => {
      const json = line.slice(17)
      const sum = createHash('sha256').update(`${identity}\n${json}`).digest('hex').slice(0, 16)
      return `${sum} ${json}`
    })
    const planted = `${[identity, ...summed].join('\n')}\n0123456789abcdef {"task":5,"ans`
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
})
