// Maps of what left: t-SNE and UMAP, the numbers that go with them, and their drawing.
// Source: van der Maaten and Hinton 2008; McInnes, Healy and Melville 2018 (umap-js); the study's perplexity of 15.
// Purity is measured in the released space itself too: that number needs no map, and no map can hide it.

import { setImmediate as nextTurn } from 'node:timers/promises'
import type { Labels } from '../../data/index.ts'
import { throwIfAborted } from '../../errors.ts'
import { svgOf } from '../../figures/index.ts'
import { seededStream } from '../../random/seeded.ts'
import { meanInterval } from '../../statistics/bootstrap.ts'
import { mean } from '../../statistics/moments.ts'
import type { Metric } from '../finding.ts'
import type { Measure } from './contract.ts'
import { chancePurity, neighbourPurity, silhouettes, squaredDistances } from './neighbours.ts'

/** Neighbours that purity counts. */
const neighbours = 10

/** The study's. */
export const perplexity = 15

/**
 * A UMAP of points, [points, 2] row-major: 15 neighbours, exact ones.
 * @param squared squared distances of all pairs
 * @throws FrostglassError `aborted`
 */
export async function umap(
  squared: Float64Array,
  options: {
    readonly seed: number
    readonly signal?: AbortSignal | undefined
    readonly onProgress?: ((share: number) => void) | undefined
  },
): Promise<Float64Array> {
  const { seed, signal } = options
  const rows = Math.round(Math.sqrt(squared.length))
  const near = Math.min(perplexity, rows - 1)
  const source = seededStream(seed, 'umap')
  const distance = (i: number, j: number) => Math.sqrt(squared[i * rows + j]!)
  const { UMAP } = await import('umap-js')
  const map = new UMAP({
    nComponents: 2,
    nNeighbors: near,
    random: () => source.uniform(),
    distanceFn: ([a], [b]) => distance(a!, b!),
  })
  const indices = Array.from({ length: rows }, (_, i) =>
    Array.from({ length: rows }, (__, j) => j)
      // A point is its own first neighbour, also where others are equal to it.
      .sort((a, b) => Number(b === i) - Number(a === i) || distance(i, a) - distance(i, b))
      .slice(0, near),
  )
  map.setPrecomputedKNN(
    indices,
    indices.map((row, i) => row.map((j) => distance(i, j))),
  )
  const epochs = map.initializeFit(indices.map((_, i) => [i]))
  for (let epoch = 0; epoch < epochs; epoch++) {
    if (epoch % 20 === 0) {
      await nextTurn()
      throwIfAborted(signal)
      options.onProgress?.(epoch / epochs)
    }
    map.step()
  }
  return Float64Array.from(map.getEmbedding().flat())
}

/** Purity of the neighbours of points: the metric, its interval and its chance. */
export function purityMetric(squared: Float64Array, labels: Labels, seed: number): Metric {
  const purity = neighbourPurity(squared, labels.of, neighbours)
  return {
    name: 'purity',
    value: mean(purity),
    interval: meanInterval(purity, seed),
    chance: chancePurity(labels.of),
  }
}

/** Purity and silhouette of points as measures; names end in `of`. */
export function structureMeasures(
  squared: Float64Array,
  labels: Labels,
  of: string,
  seed: number,
): Measure[] {
  const measure = (name: string, values: Float64Array): Measure => ({
    name: `${name} ${of}`,
    value: mean(values),
    interval: meanInterval(values, seed),
  })
  return [
    measure('purity', neighbourPurity(squared, labels.of, neighbours)),
    measure('silhouette', silhouettes(squared, labels.of)),
  ]
}

/** Squared distances of points of the plane. */
export const planeDistances = (points: Float64Array): Promise<Float64Array> =>
  squaredDistances(points, points.length / 2)

/** Told apart on white and on black; for the first seven the shapes differ too. */
const colours = [
  '#2f7fc1',
  '#d9571f',
  '#1f9a74',
  '#9a6bd6',
  '#b8860b',
  '#d0508f',
  '#5b8c1f',
  '#4f9fb5',
  '#c0503f',
  '#8a8a8a',
] as const

/** Colours that are their own best sign; white and yellow as what is seen on white paper and on black. */
const namedColours: Readonly<Record<string, string>> = {
  red: '#e02d2d',
  green: '#2f9e3a',
  blue: '#3b62e8',
  aqua: '#19a8b8',
  magenta: '#cf3fcf',
  yellow: '#c9a400',
  white: '#8d949b',
}

/**
 * The map as SVG on a transparent ground, for light and dark pages: a class is a sign and a colour.
 * @param points [points, 2], row-major
 */
export function mapSvg(points: Float64Array, labels: Labels, title?: string): Promise<string> {
  const values = Array.from(labels.of, (c, i) => ({
    x: Number(points[2 * i]!.toFixed(2)),
    y: Number(points[2 * i + 1]!.toFixed(2)),
    c: labels.names[c]!,
  }))
  const domain = [...labels.names]
  const range = domain.map((name, i) => namedColours[name] ?? colours[i % colours.length]!)
  const colour = { field: 'c', type: 'nominal', scale: { domain, range }, legend: null }
  const none = { axis: null, scale: { zero: false, nice: false } }
  const position = {
    x: { field: 'x', type: 'quantitative', ...none },
    y: { field: 'y', type: 'quantitative', ...none },
  }
  const quiet = 'var(--quiet, #555)'
  // A class whose name is one sign is drawn as that sign: no legend to look up.
  const signs = domain.every((name) => [...name].length <= 2)
  const drawn = signs
    ? {
        mark: { type: 'text', fontSize: 10, fontWeight: 600 },
        encoding: { ...position, text: { field: 'c' }, color: colour },
      }
    : {
        mark: { type: 'point', filled: true, size: 26, opacity: 0.85 },
        encoding: {
          ...position,
          color: { ...colour, legend: { title: null, orient: 'bottom', columns: 4, labelColor: quiet } },
          shape: {
            field: 'c',
            type: 'nominal',
            scale: { domain },
            legend: { title: null, orient: 'bottom', columns: 4 },
          },
        },
      }
  return svgOf({
    background: 'transparent',
    padding: 4,
    width: 370,
    height: 350,
    title:
      title === undefined
        ? undefined
        : { text: title, color: 'var(--ink, #222)', fontSize: 13, fontWeight: 600 },
    data: { values },
    ...drawn,
    config: { view: { stroke: 'var(--line, #ccc)' } },
  })
}
