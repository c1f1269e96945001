// The lattice around the node that was published: what one level more or less of a column would have done.
// Source: docs/tables.md#search. It is what the algorithm saw of the table, with its owner's eyes.
// A picture repeats what its numbers say.

import { z } from 'zod'
import { svgOf } from '../../figures/index.ts'

const count = z.int().min(0)

/** The schema of the lattice in a report. */
export const latticeSchema = z.strictObject({
  /** [quasi-identifiers] levels of the node, and how many there are of each. */
  levels: z.array(count),
  heights: z.array(count),
  /** Nodes of the lattice, those that were looked at, and whether no other loses less, for certain. */
  nodes: count,
  checked: count,
  optimal: z.boolean(),
  loss: z.array(z.number()),
  suppressed: count,
  /** Nodes that differ by one level of one column; the rows that would be left out, more than there are where that does not help. */
  neighbours: z.array(
    z.strictObject({
      /** Place of the quasi-identifier, and 1 for a level more, −1 for one less. */
      column: count,
      step: z.union([z.literal(1), z.literal(-1)]),
      passes: z.boolean(),
      suppressed: count,
      /** Where it passes. */
      loss: z.array(z.number()).nullable(),
    }),
  ),
})

/** The lattice around a node. JSON. */
export type LatticeFacts = z.infer<typeof latticeSchema>

/** What a search found, as `searchLattice` gives it. */
export interface SearchedNode {
  readonly levels: readonly number[]
  readonly loss: readonly number[]
  readonly optimal: boolean
  readonly nodes: number
  readonly checked: number
  readonly suppressed: number
  readonly neighbours: readonly {
    readonly levels: readonly number[]
    readonly passes: boolean
    readonly suppressed: number
    readonly loss?: readonly number[] | undefined
  }[]
}

/** @param heights [quasi-identifiers] the highest level of each */
export function latticeFacts(node: SearchedNode, heights: readonly number[]): LatticeFacts {
  const { levels, loss, optimal, nodes, checked, suppressed } = node
  return {
    levels: [...levels],
    heights: [...heights],
    nodes,
    checked,
    optimal,
    loss: [...loss],
    suppressed,
    neighbours: node.neighbours.map((one) => {
      const column = one.levels.findIndex((level, j) => level !== levels[j])
      return {
        column,
        step: one.levels[column]! > levels[column]! ? 1 : -1,
        passes: one.passes,
        suppressed: one.suppressed,
        loss: one.loss ? [...one.loss] : null,
      }
    }),
  }
}

const quiet = {
  labelColor: 'var(--quiet)',
  titleColor: 'var(--quiet)',
  domainColor: 'var(--line)',
  tickColor: 'var(--line)',
}
const [finer, chosen, coarser] = ['one level finer', 'published', 'one level coarser']

/** The node and its neighbours: coarser ones above, finer ones below. */
export async function latticePicture(
  lattice: LatticeFacts,
  names: readonly string[],
): Promise<{ readonly title: string; readonly alternative: string; readonly data: string }> {
  const middle = (names.length - 1) / 2
  const label = (levels: readonly number[]) => levels.join(' ')
  const neighbours = lattice.neighbours.map(({ column, step, passes }) => ({
    x: column,
    y: step > 0 ? coarser : finer,
    middle,
    at: chosen,
    node: label(lattice.levels.with(column, lattice.levels[column]! + step)),
    what: passes ? 'passes' : 'does not pass',
  }))
  const points = [{ x: middle, y: chosen, node: label(lattice.levels), what: 'published' }, ...neighbours]
  const x = { field: 'x', type: 'quantitative', axis: null, scale: { domain: [-0.6, names.length - 0.4] } }
  const y = {
    field: 'y',
    type: 'ordinal',
    sort: [coarser, chosen, finer],
    title: null,
    axis: { grid: false },
  }
  return {
    title: `The lattice around the published node: levels of ${names.join(', ')}.`,
    alternative: 'The published node and its neighbours; the table beside it holds what each would do.',
    data: await svgOf({
      background: 'transparent',
      padding: 4,
      width: Math.max(300, 70 * names.length),
      height: 180,
      config: { axis: quiet, view: { stroke: 'var(--line)' }, legend: { labelColor: 'var(--quiet)' } },
      layer: [
        {
          data: { values: neighbours },
          mark: { type: 'rule', color: 'var(--line)' },
          encoding: { x, y, x2: { field: 'middle' }, y2: { field: 'at' } },
        },
        {
          data: { values: points },
          mark: { type: 'point', filled: true, size: 90 },
          encoding: {
            x,
            y,
            color: {
              field: 'what',
              type: 'nominal',
              title: null,
              scale: {
                domain: ['published', 'passes', 'does not pass'],
                range: ['var(--series-1)', 'var(--series-2)', 'var(--series-0)'],
              },
            },
            shape: {
              field: 'what',
              type: 'nominal',
              title: null,
              scale: {
                domain: ['published', 'passes', 'does not pass'],
                range: ['diamond', 'circle', 'cross'],
              },
            },
          },
        },
        {
          data: { values: neighbours },
          mark: { type: 'text', dy: -13, fontSize: 11, color: 'var(--quiet)' },
          encoding: { x, y, text: { field: 'node' } },
        },
        {
          // Beside the lines, which all end here.
          data: { values: points.slice(0, 1) },
          mark: { type: 'text', dx: 10, align: 'left', fontSize: 11, color: 'var(--quiet)' },
          encoding: { x, y, text: { field: 'node' } },
        },
      ],
    }),
  }
}
