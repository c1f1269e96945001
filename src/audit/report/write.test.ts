import { existsSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, expect, it } from 'vitest'
import { injectFault } from '../../../test/cli/faults.ts'
import { writeFileAtomic } from '../../data/files.ts'
import { writePair } from './write.ts'

const folder = mkdtempSync(join(tmpdir(), 'frostglass-pair-'))
afterAll(() => rmSync(folder, { recursive: true, force: true }))
const at = (name: string) => join(folder, name)
const read = (name: string) => (existsSync(at(name)) ? readFileSync(at(name), 'utf8') : null)

/** A report, and the summary of it elsewhere, as an audit writes them. */
const report = (word: string, force: boolean) =>
  writePair(`page ${word}`, { word }, at('r.html'), { force }, () =>
    writeFileAtomic(at('summary'), word, { force: true }),
  )

it('an audit that cannot write its report, or its summary, leaves those of the one before', async () => {
  await report('old', false)
  const old = [read('r.html'), read('r.json'), read('summary')]
  let failures = 0
  for (let at = 1; ; at++) {
    const injected = await injectFault('fail', at)
    const failed = await report('new', true)
      .then(
        () => false,
        () => true,
      )
      .finally(injected.restore)
    if (injected.changes.length < at) break
    const now = [read('r.html'), read('r.json'), read('summary')]
    if (failed) failures++
    // Once the summary has its name, nothing is to be taken back; what fails then is a clean-up.
    if (now[2] !== 'new') expect(now).toEqual(old)
    else expect(now.slice(0, 2)).toEqual(failed ? expect.anything() : ['page new', '{\n "word": "new"\n}\n'])
    await report('old', true)
  }
  expect(failures).toBeGreaterThan(10)
})

it('replaces neither file where one is there and may not be', async () => {
  for (const name of ['r.html', 'r.json', 'summary']) rmSync(at(name), { force: true })
  writeFileSync(at('r.html'), 'mine')
  await expect(report('new', false)).rejects.toThrow(/r\.html exists already/)
  expect([read('r.html'), read('r.json'), read('summary')]).toEqual(['mine', null, null])
})
