import { expect, it } from 'vitest'
import { evidenceOf, independentColumns, mixed } from '../../../test/plantedEvidence.ts'
import type { Attack } from './attack.ts'
import { linearInversion } from './attacks/linear.ts'
import { curvePoints } from './curve.ts'
import { runTasks } from './tasks.ts'

const features = independentColumns(80, 3, 1)
const evidence = evidenceOf(features, mixed(features, 1))
const workload = { evidence, effort: 'quick', seed: 4 } as const

/** Linear inversion that says how often it ran. */
function counted() {
  const runs: number[] = []
  const attack: Attack = {
    ...linearInversion,
    run: (e, options) => {
      runs.push(options.known)
      return linearInversion.run(e, options)
    },
  }
  return { attack, runs }
}

it('does not measure a point of one draw twice, and gives what measuring it would', async () => {
  const { attack, runs } = counted()
  const name = attack.name
  const tasks = [
    { attack: name, known: 10 },
    { attack: name, known: 5, draws: 1 },
    { attack: name, known: 10, draws: 1 },
  ]
  const answers = await runTasks(workload, tasks, { attacks: [attack] })
  expect(runs.sort()).toEqual([10, 5])
  expect(answers.map((a) => a.finding?.known ?? a.point?.known)).toEqual([10, 5, 10])
  const again = await curvePoints(evidence, [attack], 10, { seed: 4, effort: 'quick', draws: 1 })
  expect(answers[2]!.point).toEqual(again[0])
})

it('measures points of several draws on their own', async () => {
  const { attack, runs } = counted()
  const tasks = [
    { attack: attack.name, known: 10 },
    { attack: attack.name, known: 10, draws: 3 },
  ]
  await runTasks(workload, tasks, { attacks: [attack] })
  expect(runs).toEqual([10, 10, 10, 10])
})
