import { beforeAll, describe, expect, it } from 'vitest'
import { compile } from '../../src/graph/index.ts'
import { cutCells } from '../../src/protect/certified/cells.ts'
import { codeGraph } from '../../src/protect/certified/codeGraph.ts'
import { encodeRows } from '../../src/protect/certified/encodeRows.ts'
import { reported } from '../reporting.ts'
import type { CertifiedAnswer, CertifiedTask } from './certified.ts'
import { certifiedExperiment } from './index.ts'
import { nearestCells, trainPane } from './pane.ts'
import type { CertifiedResults } from './results.ts'
import { openSource } from './sources.ts'

const settings = { quick: true, seed: 0 }

describe('certified panes, on 2,400 digits', () => {
  const tasks: CertifiedTask[] = []
  const answers: CertifiedAnswer[] = []

  beforeAll(async () => {
    const listed = (await certifiedExperiment.tasks(settings)) as CertifiedTask[]
    const smaller = { train: 2400, test: 500, epochs: 6, attackEpochs: 4, draws: 40 }
    const shrunk = JSON.parse(
      JSON.stringify(listed, (key, value) => {
        if (key === 'perLabel') return [1]
        return typeof value === 'number' && key in smaller ? smaller[key as keyof typeof smaller] : value
      }),
    ) as CertifiedTask[]
    tasks.push(
      // What digits show, parity shows again.
      ...shrunk.filter(
        (task) => !('choice' in task && 'source' in task.choice && task.choice.source === 'parity'),
      ),
    )
    for (const task of tasks) answers.push((await certifiedExperiment.run(task)) as CertifiedAnswer)
  })

  it('what attackers get through a dense pane lies above what codes allow anybody', async () => {
    const { data, page, summary, figures } = await reported(certifiedExperiment, tasks, answers, settings)
    const { releases, dense, floors, erased, above } = data as CertifiedResults
    expect(above.count).toBe(0)
    // What a dictionary that is made costs in accuracy: nothing.
    const asked = (data as CertifiedResults).asked.filter(({ answers }) => answers !== null)
    expect(asked.length).toBeGreaterThan(0)
    for (const { answers, pane } of asked) expect(answers!.accuracy).toEqual(pane)
    expect(above.of).toBeGreaterThan(40)
    for (const attribute of ['slant', 'thickness', 'colour']) {
      const code = releases.find((row) => row.attribute === attribute && row.lambda === 0)!
      const before = dense.find((row) => row.attribute === attribute)!
      expect(code.upper.mean, attribute).toBeLessThan(before.mlp.mean)
      expect(code.attack.mean, attribute).toBeLessThan(code.upper.mean)
      expect(code.upper.mean).toBeGreaterThan(code.estimate.mean)
    }
    const loop = releases.filter(({ attribute }) => attribute === 'loop')
    expect(loop.map(({ verdict }) => verdict)).toEqual(['infeasible'])
    expect(floors.find(({ attribute }) => attribute === 'loop')!.floor.mean).toBe(1)
    // A seventh by chance: the colour is gone.
    expect(erased!.mlp.mean).toBeLessThan(0.25)
    expect(page).toMatch(/^# Code panes with a certificate/)
    expect(`${page}${summary}`).not.toMatch(/NaN|undefined|Infinity/)
    expect(page).toMatch(/Not all benchmarks were measured/)
    expect(Object.keys(figures)).toEqual(['certified-leaks', 'certified-merging', 'certified-channels'])
  })
})

it('cells are those that the graph of a pane gives', async () => {
  const records = await openSource({ source: 'digits', from: 'digits', train: 1200, test: 600, seed: 0 })
  const trained = await trainPane(records, { lambda: 0, seed: 0 })
  const encoded = await encodeRows(trained.network, trained.weights, records)
  const cells = cutCells(encoded, 10, { cells: 6, seed: 0 })
  const program = await compile(codeGraph(trained, cells, [...cells.labelOf.keys()]), { executor: 'native' })
  const { code } = await program.run({
    image: {
      dtype: 'float32',
      shape: records.x.shape,
      data: Float32Array.from(records.x.data as Uint8Array, (v) => v / 255),
    },
  })
  const told = Int32Array.from(code!.data as BigInt64Array, Number)
  await program.close()
  const counted = nearestCells(encoded, cells)
  // But for rows on a border, in the seventh digit.
  expect(told.filter((cell, row) => cell !== counted[row]).length).toBeLessThanOrEqual(1)
  expect(new Set(counted).size).toBeGreaterThan(20)
})
