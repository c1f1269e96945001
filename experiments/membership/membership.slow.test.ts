import { describe, expect, it } from 'vitest'
import { reported } from '../reporting.ts'
import { membershipExperiment } from './index.ts'
import type { MembershipAnswer, MembershipTask } from './membership.ts'

const settings = { quick: true, seed: 0 }

describe('who was in the training data, on few digits', () => {
  it('attacks get more without noise, and the planted bug alone is caught', async () => {
    const listed = (await membershipExperiment.tasks(settings)) as MembershipTask[]
    expect(listed.map(({ kind }) => kind)).toEqual(['pane', 'attack', 'attack', 'audit', 'audit'])
    // So few that each batch is all of them.
    const tasks = listed.map((task): MembershipTask => {
      if (task.kind === 'pane') return { ...task, rows: 60, classifierRows: 200, epochs: 1 }
      return task.kind === 'attack'
        ? { ...task, rows: 300, targets: 1 }
        : { ...task, rows: 200, canaries: 100 }
    })
    const answers: MembershipAnswer[] = []
    for (const task of tasks) answers.push((await membershipExperiment.run(task)) as MembershipAnswer)
    const report = await reported(membershipExperiment, tasks, answers, settings)
    const { attacks, audits } = report.data as {
      attacks: { training: string; attack: string; auc: { value: number }; hits: number[] }[]
      audits: { fault: number; caught: number; bounds: number[]; epsilon: number }[]
    }
    const online = attacks.filter(({ attack }) => attack === 'lira-online')
    expect(online.map(({ training }) => training)).toEqual(['without noise', 'private, ε = 3', 'a pane'])
    expect(online[0]!.auc.value).toBeGreaterThan(0.7)
    expect(online[0]!.auc.value).toBeGreaterThan(online[1]!.auc.value)
    expect(online[0]!.hits.at(-1)).toBe(1)
    const [honest, faulty] = audits
    expect(honest).toMatchObject({ fault: 1, caught: 0, epsilon: 2 })
    expect(faulty!.fault).toBe(10)
    expect(faulty!.bounds[0]!).toBeGreaterThan(honest!.bounds[0]!)
    expect(report.page).toMatch(/^# Who was in the training data/)
    expect(`${report.page}${report.summary}`).not.toMatch(/NaN|undefined|Infinity/)
    expect(Object.keys(report.figures)).toEqual(['membership-roc', 'membership-audit'])
  })
})
