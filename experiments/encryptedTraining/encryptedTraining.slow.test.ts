import { describe, expect, it } from 'vitest'
import { reported } from '../reporting.ts'
import type { EncryptedTrainingAnswer, EncryptedTrainingTask } from './encryptedTraining.ts'
import { encryptedTrainingExperiment } from './index.ts'

describe('training under encryption', () => {
  it('loses nothing against the plain, with the model encrypted and with the rows, too', async () => {
    const settings = { quick: true, seed: 0 }
    const tasks = ((await encryptedTrainingExperiment.tasks(settings)) as EncryptedTrainingTask[]).map(
      (task) => ({ ...task, steps: 3 }),
    )
    expect(tasks.map(({ encryptedRows }) => encryptedRows)).toEqual([false, true, false])
    const answers: EncryptedTrainingAnswer[] = []
    for (const task of tasks)
      answers.push((await encryptedTrainingExperiment.run(task)) as EncryptedTrainingAnswer)
    for (const answer of answers) {
      expect(answer.sigmoid.value).toBeGreaterThan(0.6)
      expect(Math.abs(answer.encrypted.value - answer.sigmoid.value)).toBeLessThan(0.05)
      // Keys and noise are drawn anew: of 61 rows up to three lie so near the border that they may fall either way.
      expect(answer.asPlain.value).toBeGreaterThan(0.94)
      expect(answer.weightError).toBeLessThan(0.01)
      expect(answer.roundTrips).toBe(3)
      expect(answer.largest).toBeLessThan(answer.reach ?? 8)
    }
    const { page, summary } = await reported(encryptedTrainingExperiment, tasks, answers, settings)
    expect(page).toMatch(/heart disease, 242 × 14 \| logistic \| model and rows \|/)
    // Every row of a table has as many cells as its head.
    for (const table of page.split('\n\n').filter((part) => part.startsWith('|')))
      expect(new Set(table.split('\n').map((line) => line.split(' | ').length)).size).toBe(1)
    expect(page).toMatch(/128 bits of security/)
    expect(summary).toMatch(/round trips/)
  })

  it('wants enough reviews where a folder is given', async () => {
    const asked = async () =>
      encryptedTrainingExperiment.tasks({ quick: false, seed: 0, data: import.meta.dirname })
    await expect(asked()).rejects.toThrow(/has no reviews/)
  })
})
