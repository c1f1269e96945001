// A fleet's folder: weights that another fleet left there never pass for this one's.

import { existsSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, expect, it } from 'vitest'
import { firstWeights, layout, testNodes } from '../../../test/fleets.ts'
import { fedAvg } from '../../fleet/algorithms/fedAvg.ts'
import { inTheClear } from '../../fleet/coordinator/inTheClear.ts'
import { planOf } from '../../fleet/coordinator/plan.ts'
import { serveFleet, weightsFile } from './serveFleet.ts'

const folder = mkdtempSync(join(tmpdir(), 'frostglass-served-'))
afterAll(() => rmSync(folder, { recursive: true, force: true }))
const nodes = testNodes(2)

const serve = (weights = firstWeights) =>
  serveFleet({
    folder,
    nodes,
    port: 0,
    plan: planOf({ rounds: 2 }),
    first: { layout, weights },
    aggregation: inTheClear(fedAvg({ rate: 0.1 }), layout, { least: 1 }),
  })

it('is refused where weights of another fleet lie in it, and goes on with its own', async () => {
  await (await serve()).close({ grace: 0 })
  const first = weightsFile(folder, 0)
  const text = readFileSync(first, 'utf8')
  // The same fleet goes on.
  await (await serve()).close({ grace: 0 })
  writeFileSync(weightsFile(folder, 2), text)
  await expect(serve()).rejects.toMatchObject({
    code: 'usage',
    message: expect.stringMatching(/weights-0002\.json is not of this fleet/),
  })
  rmSync(weightsFile(folder, 2))
  writeFileSync(first, text.replace('8', '9'))
  await expect(serve()).rejects.toThrow(/weights-0000\.json is not of this fleet/)
  rmSync(first)
  await (await serve()).close({ grace: 0 })
  expect(existsSync(first)).toBe(true)
  expect(readFileSync(first, 'utf8')).toBe(text)
})
