// The figure of where an encrypted answer's time goes: a bar a packing, a colour an operation.
// Source: this project; the operations are those that node-seal is asked for.
// Small operations are one colour: more than the palette has would be told apart by nobody.

import { palette } from '../../src/figures/index.ts'
import type { Operations } from './results.ts'

/** An operation that takes less than this of every bar is among the others. */
const least = 0.04

/** @param runs operations by the name of their bar */
export function shareFigure(runs: Readonly<Record<string, Operations>>) {
  const parts = Object.entries(runs).flatMap(([run, operations]) =>
    operations.map(({ name, share }) => ({ name, part: share, run })),
  )
  const large = [...new Set(parts.filter(({ part }) => part >= least).map(({ name }) => name))]
  const kept = parts.filter(({ name }) => large.includes(name))
  const rest = Object.keys(runs).map((run) => ({
    name: 'other',
    part: 1 - kept.reduce((sum, share) => sum + (share.run === run ? share.part : 0), 0),
    run,
  }))
  const names = [...large, 'other']
  return {
    width: 460,
    height: { step: 34 },
    title: {
      text: 'Where the time of an encrypted answer goes',
      subtitle: 'share of each homomorphic operation',
    },
    data: { values: [...kept, ...rest].map((share) => ({ ...share, order: names.indexOf(share.name) })) },
    mark: 'bar',
    encoding: {
      y: { field: 'run', type: 'nominal', title: null },
      x: { field: 'part', type: 'quantitative', title: null, axis: { format: '.0%' } },
      order: { field: 'order', type: 'quantitative' },
      color: {
        field: 'name',
        type: 'nominal',
        title: null,
        sort: names,
        scale: { domain: names, range: [...palette.slice(0, large.length), '#BBBBBB'] },
      },
    },
  } as const
}
