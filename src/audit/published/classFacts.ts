// What a published table looks like: its classes' sizes, what each column lost, and pictures of both.
// Source: ARX's Loss for the share of a column's values that a label covers; the pictures are ours.
// A picture repeats what its numbers say.

import { svgOf } from '../../figures/index.ts'
import type { Sight } from './contract.ts'
import { coverOf } from './labels.ts'
import type { PublishedLeakReport } from './reportSchema.ts'
import { columnOf } from './risk/classes.ts'
import { sizeCounts } from './risk/riskOf.ts'

type Facts = Pick<PublishedLeakReport['audited'], 'classes' | 'sizes' | 'columns' | 'pictures'>

/** What the report says of the table itself. */
export async function classFacts(
  { evidence, candidates }: Sight,
  covers?: ReadonlyMap<string, number>,
): Promise<Facts> {
  const { original, published, quasi, hierarchies } = evidence
  const sizes = sizeCounts(candidates.classes.sizes)
  const columns = quasi.map((name) => {
    const own = columnOf(original, name, 'the original')
    const released = columnOf(published, name, 'the published table')
    const covered = new Float64Array(released.values.length)
    for (const labels of coverOf(own, released, hierarchies?.get(name)).labelsOf)
      for (const label of labels) covered[label]!++
    let sum = 0
    const rows = new Float64Array(released.values.length)
    for (let i = 0; i < published.rows; i++) rows[released.codes[i]!]!++
    rows.forEach((many, label) => {
      sum += many * lossOf(covered[label]!, own.values.length)
    })
    return {
      name,
      values: own.values.length,
      labels: rows.filter((many) => many > 0).length,
      loss: covers?.get(name) ?? (published.rows === 0 ? 0 : sum / published.rows),
    }
  })
  return {
    classes: candidates.classes.count,
    sizes,
    columns,
    pictures: [await sizesPicture(sizes), await lossPicture(columns)],
  }
}

/** 0 where a label covers one value, 1 where it covers all. */
const lossOf = (covered: number, values: number): number =>
  values > 1 ? Math.min(1, Math.max(0, (covered - 1) / (values - 1))) : 0

// The page's own colours, light or dark.
const quiet = {
  labelColor: 'var(--quiet)',
  titleColor: 'var(--quiet)',
  domainColor: 'var(--line)',
  tickColor: 'var(--line)',
  gridColor: 'var(--grid)',
}
const frame = {
  background: 'transparent',
  padding: 4,
  width: 300,
  config: { axis: quiet, view: { stroke: 'var(--line)' } },
}

async function sizesPicture(sizes: Facts['sizes']): Promise<Facts['pictures'][number]> {
  // Bins by powers of two: classes are many small ones and a few large.
  const bins = new Map<number, number>()
  for (const { size, classes } of sizes) {
    const bin = Math.floor(Math.log2(size))
    bins.set(bin, (bins.get(bin) ?? 0) + size * classes)
  }
  const all = Math.max(1, ...sizes.map(({ size }) => Math.floor(Math.log2(size))))
  const values = Array.from({ length: all + 1 }, (_, bin) => ({
    bin: bin === 0 ? '1' : `${2 ** bin}–${2 ** (bin + 1) - 1}`,
    rows: bins.get(bin) ?? 0,
  }))
  return {
    title: 'Rows by the size of their class.',
    alternative: 'Bar chart of rows by the size of their class; the report’s JSON holds its numbers.',
    data: await svgOf({
      ...frame,
      height: 180,
      data: { values },
      mark: { type: 'bar', color: 'var(--series-1)' },
      encoding: {
        x: {
          field: 'bin',
          type: 'ordinal',
          sort: null,
          title: 'rows in the class',
          axis: { labelAngle: -40 },
        },
        y: { field: 'rows', type: 'quantitative', title: 'rows' },
      },
    }),
  }
}

async function lossPicture(columns: Facts['columns']): Promise<Facts['pictures'][number]> {
  return {
    title:
      'What each column lost: the share of its domain that a cell covers beyond one value; 100% is all. Where a manifest says it, a row that was left out covers all.',
    alternative: 'Bar chart of the loss of each column; the table beside it holds its numbers.',
    data: await svgOf({
      ...frame,
      height: { step: 18 },
      data: { values: columns.map(({ name, loss }) => ({ name, loss })) },
      mark: { type: 'bar', color: 'var(--series-0)' },
      encoding: {
        y: { field: 'name', type: 'nominal', sort: null, title: null },
        x: {
          field: 'loss',
          type: 'quantitative',
          title: 'loss',
          scale: { domain: [0, 1] },
          axis: { format: '.0%' },
        },
      },
    }),
  }
}
