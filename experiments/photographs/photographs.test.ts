import { existsSync, mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { afterAll, describe, expect, it } from 'vitest'
import { noisyImages, pathImages } from '../../src/data/images/synthetic.ts'
import { openImages } from '../../src/data/index.ts'
import { kinds } from '../../src/protect/index.ts'
import { colorsSeen } from '../colors/adversaries.ts'
import { reported } from '../reporting.ts'
import { table1Experiment } from '../table1/index.ts'
import { photographsExperiment } from './index.ts'
import type { PhotographsTask } from './photographs.ts'

const data = fileURLToPath(new URL('../../../shared/data', import.meta.url))
const shared = mkdtempSync(join(tmpdir(), 'frostglass-study-'))
afterAll(() => rmSync(shared, { recursive: true, force: true }))
const settings = { quick: true, seed: 0 }

it('the rule of the three channels names every colour of images that show one, and none of black', async () => {
  const sets = [
    await openImages('colored:digits', { split: 'test', limit: 200 }),
    noisyImages(70),
    pathImages(70),
  ]
  for (const { pixels, count, attributes } of sets)
    expect(colorsSeen(pixels, count)).toEqual(attributes['color']!.of)
  expect([...colorsSeen(new Uint8Array(2 * 2352), 2)]).toEqual([-1, -1])
})

it('table 1 has the published counts', async () => {
  const tasks = await table1Experiment.tasks(settings)
  const answers = await Promise.all(tasks.map((task) => table1Experiment.run(task)))
  const { page } = await reported(table1Experiment, tasks, answers, settings)
  expect(page).toMatch(/ObfNet-MLP \| 154,291,712 \| 154,291,712 \| 3\.08e8 \| 3\.08e8 \| 617 MB \| 617 MB/)
  expect(page).toMatch(/ObfNet-CNN \| 279,089,536 \| 279,089,536 \| 6\.46e8 \| 6\.46e8/)
})

describe('photographs', () => {
  it('need a folder, and say what is missing in it', async () => {
    expect(() => photographsExperiment.tasks(settings)).toThrow(/--data FOLDER/)
    expect(() => photographsExperiment.tasks({ ...settings, data: shared })).toThrow(/lacks imagenette-224/)
  })

  it.skipIf(!existsSync(data))('a full run has both models and both obfuscators', async () => {
    const tasks = (await photographsExperiment.tasks({ quick: false, seed: 0, data })) as PhotographsTask[]
    expect(tasks.map((t) => `${t.model} ${t.kind}`)).toEqual([
      'mobilenet densenet',
      'mobilenet lightnet',
      'squeezenet densenet',
      'squeezenet lightnet',
    ])
    for (const { kind, epochs } of tasks) expect(epochs).toBe(kinds[kind].recipe.epochs)
  })
})
