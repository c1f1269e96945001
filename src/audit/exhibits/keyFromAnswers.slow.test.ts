// The service that lies with care against today's key holder: below what references may be off by, in every row.

import { expect, it } from 'vitest'
import { compileNetwork } from '../../encrypt/inference/compiled.ts'
import { isBroken } from './exhibit.ts'
import { keyFromAnswers, lieToHolder, plainNetwork } from './keyFromAnswers.ts'

const campaign = { blocks: 2, images: 4, rounds: 1, lie: 0.99, references: true }
const model = compileNetwork(plainNetwork())

it('is shown nothing, though its lies pass', async () => {
  expect(await lieToHolder(model, campaign)).toMatchObject({ shown: 0, ended: false })
})

it('would read all of it from the numbers that are the owner’s alone', async () => {
  const found = await lieToHolder(model, { ...campaign, images: 1, exact: true })
  expect(found).toEqual({ shown: 16, ended: false, coefficients: 16, right: 16 })
})

it('is shown nothing without references either', async () => {
  const found = await lieToHolder(model, { ...campaign, blocks: 1, images: 1, references: false })
  expect(found).toMatchObject({ shown: 0, ended: false })
})

it('gave the key away before, and does not today', async () => {
  expect(isBroken(await keyFromAnswers.run('before', { quick: true }))).toBe(true)
  expect(isBroken(await keyFromAnswers.run('today', { quick: true }))).toBe(false)
})
