// Draws docs/pictures/round.svg: what the owner has, what the service sees, what known rows give away.
// Source: UCI wheat seeds (src/data/embedded); src/protect; src/audit's linearInversion. `npm run picture`.
// Every point and line is measured when it runs; the keys come from fixed secrets, so that it draws the same again.

import { mkdirSync, writeFileSync } from 'node:fs'
import { parse, View } from 'vega'
import { compile, type TopLevelSpec } from 'vega-lite'
import { linearInversion, metricOf, numericAttributes, rowsThatBreak } from '../src/audit/index.ts'
import { openTable, readWheat, type Table, wheatPath } from '../src/data/index.ts'
import { createKey, openKeyedPane } from '../src/protect/index.ts'

const path = 'docs/pictures/round.svg'
const shown = { layers: 3, secret: 1 }
const [mostKnown, keys, draws] = [40, 5, 5]

interface Protected {
  readonly columns: readonly Float64Array[]
  readonly classes: readonly string[]
}

/** The table under a key whose secret is 32 times the same byte. */
async function protectedBy(table: Table, layers: number, byte: number): Promise<Protected> {
  const source = await openTable(wheatPath(), { label: 'variety' })
  const secret = new Uint8Array(32).fill(byte)
  const { key } = await createKey(source, { layers, activation: 'tanh', secret })
  source.close()
  const pane = openKeyedPane(key)
  const { columns } = await pane.encode(table.columns, table.rows)
  await pane.close()
  const labels = pane.labels[0]?.map
  if (labels?.task !== 'class') throw new TypeError('the varieties are classes')
  const codes = labels.encode(table.label as Int32Array)
  return { columns, classes: Array.from(codes, (code) => labels.names[code]!) }
}

interface Curve {
  /** R² on the unseen rows, mean over columns: for each number of known rows the median over keys and draws of rows. */
  readonly points: readonly { readonly known: number; readonly explained: number }[]
  /** How many known rows gave all others exactly, over keys and draws; undefined where `mostKnown` did not. */
  readonly breaks: ReadonlySet<number | undefined>
}

async function recovered(table: Table, layers: number): Promise<Curve> {
  const features = table.columns as Float64Array[]
  const names = table.schema.columns.map((c) => c.name)
  const known = {
    attributes: numericAttributes(names, features),
    features,
    scheme: { name: 'layered', activation: 'tanh', layers },
  } as const
  const breaks = new Set<number | undefined>()
  const found = Array.from({ length: mostKnown - 1 }, (): number[] => [])
  for (let key = 1; key <= keys; key++) {
    const { columns } = await protectedBy(table, layers, key)
    for (let draw = 0; draw < draws; draw++) {
      const evidence = { ...known, released: columns }
      breaks.add(rowsThatBreak(evidence, { most: mostKnown, seed: draw }))
      for (const [i, values] of found.entries()) {
        const finding = await linearInversion.run(evidence, { known: i + 2, seed: draw, effort: 'quick' })
        values.push(metricOf(finding, 'explained').value)
      }
    }
  }
  const points = found.map((values, i) => {
    const explained = values.sort((a, b) => a - b)[(values.length - 1) / 2]!
    return { known: i + 2, explained }
  })
  return { points, breaks }
}

const colours = {
  varieties: ['#0072B2', '#D55E00', '#007F5F'],
  hidden: ['#7A4FBF', '#8A6A00', '#4D4D4D'],
  layers: ['#D55E00', '#0072B2'],
}

interface Scatter {
  readonly title: readonly [string, string]
  readonly x: string
  readonly y: string
  readonly legend: string
  readonly palette: readonly string[]
  readonly shapes: readonly string[]
  readonly points: readonly { x: number; y: number; group: string }[]
}

const dashes = [
  [1, 0],
  [7, 3],
]
const size = { width: 260, height: 250 }
const titled = ([text, subtitle]: readonly [string, string]) => ({ text, subtitle })

function scatter({ title, x, y, legend, palette, shapes, points }: Scatter): object {
  const group = { field: 'group', type: 'nominal', title: legend }
  return {
    ...size,
    title: titled(title),
    data: { values: points },
    mark: { type: 'point', filled: true, size: 42, opacity: 0.75 },
    encoding: {
      x: { field: 'x', type: 'quantitative', title: x, scale: { zero: false, nice: true } },
      y: { field: 'y', type: 'quantitative', title: y, scale: { zero: false, nice: true } },
      color: { ...group, scale: { range: palette } },
      shape: { ...group, scale: { range: shapes } },
    },
  }
}

function curves(lines: readonly { layers: string; points: Curve['points'] }[], breaks: number): object {
  const values = lines.flatMap(({ layers, points }) =>
    points.map(({ known, explained }) => ({ layers, known, explained })),
  )
  const x = {
    field: 'known',
    type: 'quantitative',
    title: 'rows the adversary knows',
    scale: { domain: [0, mostKnown], nice: false },
  }
  const y = {
    field: 'explained',
    type: 'quantitative',
    title: 'recovered (R²)',
    scale: { domain: [0, 1.05], nice: false },
    axis: { format: '%', values: [0, 0.2, 0.4, 0.6, 0.8, 1], tickCount: 6 },
  }
  const layers = {
    field: 'layers',
    type: 'nominal',
    title: 'key',
    legend: { symbolSize: 500, symbolStrokeWidth: 3 },
  }
  return {
    ...size,
    width: 300,
    title: titled(['What a leak gives away', 'other rows, by a linear fit']),
    layer: [
      {
        data: { values: [{ known: breaks }] },
        mark: { type: 'rule', strokeDash: [5, 4], color: '#444', strokeWidth: 1.5 },
        encoding: { x },
      },
      {
        data: {
          values: [`${breaks} known rows:`, 'a one-layer key', 'is broken exactly'].map((text, i) => ({
            text,
            known: breaks + 0.9,
            explained: 0.2 - 0.065 * i,
          })),
        },
        mark: { type: 'text', align: 'left', fontSize: 14 },
        encoding: { x, y, text: { field: 'text' } },
      },
      {
        data: { values },
        mark: { type: 'line', strokeWidth: 3, interpolate: 'linear' },
        encoding: {
          x,
          y,
          color: { ...layers, scale: { range: colours.layers } },
          strokeDash: {
            ...layers,
            scale: { range: dashes },
          },
        },
      },
    ],
  }
}

/** Vega-Lite's schema is checked when it compiles. */
async function svgOf(spec: object): Promise<string> {
  return new View(parse(compile(spec as TopLevelSpec).spec), { renderer: 'none' }).toSVG()
}

const table = await readWheat()
const { label } = table.schema
if (label?.task !== 'class') throw new TypeError('the varieties are classes')
const columnOf = (name: string) => table.columns[table.schema.columns.findIndex((c) => c.name === name)]!
const seen = await protectedBy(table, shown.layers, shown.secret)
const pointsOf = (x: ArrayLike<number>, y: ArrayLike<number>, group: (row: number) => string) =>
  Array.from({ length: table.rows }, (_, row) => ({ x: x[row]!, y: y[row]!, group: group(row) }))
const one = await recovered(table, 1)
const three = await recovered(table, 3)
const [breaks, ...others] = one.breaks
if (breaks === undefined || others.length > 0) throw new Error(`one layer broke at ${[...one.breaks]} rows`)
if (three.breaks.size !== 1 || !three.breaks.has(undefined)) throw new Error('three layers broke exactly')

const svg = await svgOf({
  background: 'white',
  padding: 20,
  bounds: 'flush',
  spacing: 86,
  hconcat: [
    scatter({
      title: ['What the owner has', `${table.rows} wheat kernels: two of ${table.columns.length} attributes`],
      x: 'area',
      y: 'asymmetry',
      legend: 'variety',
      palette: colours.varieties,
      shapes: ['circle', 'square', 'triangle-up'],
      points: pointsOf(columnOf('area'), columnOf('asymmetry'), (row) => label.classes[table.label![row]!]!),
    }),
    scatter({
      title: ['What the service sees', `${shown.layers} layers: two of ${seen.columns.length} columns`],
      x: 'a0',
      y: 'a1',
      legend: 'hidden class',
      palette: colours.hidden,
      shapes: ['diamond', 'cross', 'triangle-down'],
      points: pointsOf(seen.columns[0]!, seen.columns[1]!, (row) => seen.classes[row]!),
    }),
    curves(
      [
        { layers: '1 layer', points: one.points },
        { layers: '3 layers', points: three.points },
      ],
      breaks,
    ),
  ],
  resolve: { scale: { color: 'independent', shape: 'independent', strokeDash: 'independent' } },
  config: {
    font: 'system-ui, -apple-system, "Segoe UI", "DejaVu Sans", Helvetica, Arial, sans-serif',
    title: {
      anchor: 'start',
      frame: 'group',
      fontSize: 18,
      subtitleFontSize: 14.5,
      subtitleColor: '#444',
      offset: 12,
      subtitlePadding: 5,
    },
    axis: {
      labelFontSize: 14,
      labelOverlap: false,
      titleFontSize: 15,
      titleFontWeight: 'normal',
      tickCount: 4,
      gridColor: '#e6e6e6',
      titlePadding: 8,
    },
    legend: {
      orient: 'bottom',
      labelFontSize: 15,
      titleFontSize: 15,
      titleFontWeight: 'normal',
      symbolSize: 90,
      columnPadding: 16,
    },
    view: { stroke: '#bbb' },
  },
})
mkdirSync('docs/pictures', { recursive: true })
writeFileSync(path, svg)
const at = ({ points }: Curve, known: number) => points[known - 2]!.explained.toFixed(3)
console.log(`${path}: ${svg.length} bytes; R² (median of ${keys} keys, ${draws} draws of known rows each)`)
for (const known of [4, 7, 8, 12, 20, 40]) {
  console.log(`${known} rows known: 1 layer ${at(one, known)}, 3 layers ${at(three, known)}`)
}
