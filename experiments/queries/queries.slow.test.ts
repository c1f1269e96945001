import { expect, it } from 'vitest'
import { reported } from '../reporting.ts'
import { queriesExperiment } from './index.ts'
import type { QueriesAnswer, QueriesTask } from './queries.ts'

it('a session is answered, its ledger refuses the eleventh query, and the page has it all', async () => {
  const settings = { quick: true, seed: 3 }
  const all = (await queriesExperiment.tasks(settings)) as QueriesTask[]
  expect(all.map(({ kind }) => kind)).toEqual([...Array(10).fill('bars'), 'means', 'session'])
  // Of each kind one, with few runs; MEDIAN and what is like it takes longer.
  const tasks = [all[3]!, all[9]!, all[10]!, all[11]!].map((task) => ({
    ...task,
    runs: 20,
    ...(task.kind === 'means' ? { epsilons: [0.3] } : {}),
  }))
  const answers: QueriesAnswer[] = []
  for (const task of tasks) answers.push((await queriesExperiment.run(task)) as QueriesAnswer)
  const [, , means, session] = answers
  if (means?.kind !== 'means' || session?.kind !== 'session') throw new Error('answers of other kinds')
  expect(session.rows).toBe(2000)
  expect(session.answers).toHaveLength(10)
  expect(session.answers.at(-1)!.left).toBeLessThan(1e-6)
  expect(session.refusal).toMatch(/the budget of adult.ledger does not allow this/)
  expect(session.answers[0]!.groups[0]!.answers[0]!.truth).toBe(2000)
  // A factor of about 2.6 on average, over 25 runs.
  const [hours] = means.means
  expect(hours!.shared).toBeLessThan(hours!.naive)
  const { page, summary, figures } = await reported(queriesExperiment, tasks, answers, settings)
  expect(page).toMatch(/### 10\. `SELECT income, AVG\(hours_per_week\)/)
  expect(`${page}${summary}`).not.toMatch(/NaN|undefined|Infinity/)
  expect(Object.keys(figures)).toEqual(['bars', 'means'])
  // The same seed, the same draws.
  expect(await queriesExperiment.run(tasks[0])).toEqual(answers[0])
})
