// The service that lies with care against today's key holder: below what references may be off by, in every row.

import { expect, it } from 'vitest'
import { compileNetwork } from '../../encrypt/inference/compiled.ts'
import { isBroken } from './exhibit.ts'
import { keyFromAnswers, lieToHolder, plainNetwork } from './keyFromAnswers.ts'

const campaign = { blocks: 4, images: 4, rounds: 1, lie: 0.99, references: true }
const usual = compileNetwork(plainNetwork())
const showable = compileNetwork(plainNetwork(), null, { showable: true })

it('is shown nothing of answers whose noise hides no lie', async () => {
  expect(usual.plans.latency!.flood).toBeNull()
  // The lies pass, as they must; nothing of them is to be had.
  expect(await lieToHolder(usual, { ...campaign, blocks: 1 })).toMatchObject({ shown: 0, ended: false })
})

it('reads no coefficient better than chance from answers that are shown', async () => {
  const { flood, error } = showable.plans.latency!
  expect(flood! / error).toBeGreaterThan(1000)
  const found = await lieToHolder(showable, campaign)
  expect(found).toMatchObject({ shown: 128, ended: false, coefficients: 32 })
  // A third by chance: 24 of 32 or more once in 580,000. With noise of an eighth of `error` it was 27.
  expect(found.right).toBeLessThan(24)
})

it('is found out when it lies in one row of two, by more than noise', async () => {
  // Alone: one row of an image, its copy and a reference.
  const found = await lieToHolder(showable, { ...campaign, blocks: 8, images: 1, lie: 100, row: 0 })
  expect(found).toMatchObject({ shown: 0, ended: true })
})

it('would read all of it from the numbers that are the owner’s alone', async () => {
  const found = await lieToHolder(usual, { ...campaign, blocks: 2, images: 1, exact: true })
  expect(found).toEqual({ shown: 16, ended: false, coefficients: 16, right: 16 })
})

it('shows nothing without references', async () => {
  const found = await lieToHolder(showable, { ...campaign, blocks: 1, images: 1, references: false })
  expect(found).toMatchObject({ shown: 0, ended: false })
})

it('gave the key away before, and does not today', async () => {
  expect(isBroken(await keyFromAnswers.run('before', { quick: true }))).toBe(true)
  expect(isBroken(await keyFromAnswers.run('today', { quick: true }))).toBe(false)
})
