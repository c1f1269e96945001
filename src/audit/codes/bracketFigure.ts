// One attribute as a picture: what attacks got, with their intervals, between chance, the floor and what is certified.
// Source: ours; Vega-Lite draws it. Colours are the style sheet's variables, so both modes fit; shapes tell without colour.
// A drawing repeats what the table beside it says in numbers.

import { type FigureSpec, svgOf } from '../../figures/index.ts'

/** What is drawn. Shares in 0 … 1. */
export interface DrawnBracket {
  readonly blind: number
  readonly floor: number | null
  readonly upper: number
  readonly attacks: readonly {
    readonly title: string
    readonly value: number
    readonly interval: readonly [low: number, high: number]
    readonly upper: number | null
  }[]
}

const kinds = ['certified: at most', 'the true label alone (floor)', 'guessing blindly'] as const

/** @param width of the plot, in pixels */
export function bracketSvg(bracket: DrawnBracket, width: number): Promise<string> {
  return svgOf(bracketFigure(bracket, width))
}

function bracketFigure({ blind, floor, upper, attacks }: DrawnBracket, width: number): FigureSpec {
  const domain = domainOf({ blind, floor, upper, attacks })
  const axis = (field: string) => ({
    field,
    type: 'quantitative',
    title: 'attribute named rightly',
    scale: { domain, zero: false, nice: false },
    axis: { format: '.0%', tickCount: 6 },
  })
  const rows = attacks.map(({ title, value, interval: [low, high], upper: own }) => ({
    title,
    value,
    low,
    high,
    upper: own,
    kind: own !== null && low > own ? 'above its limit' : 'attack',
  }))
  const y = {
    field: 'title',
    type: 'nominal',
    title: null,
    sort: rows.map(({ title }) => title),
    axis: null,
    scale: { paddingOuter: 0.4 },
  }
  const lines = [
    { kind: kinds[0], at: upper },
    ...(floor === null ? [] : [{ kind: kinds[1], at: floor }]),
    { kind: kinds[2], at: blind },
  ]
  const drawn = kinds.filter((kind) => lines.some((line) => line.kind === kind))
  const byKind = (range: readonly unknown[]) => ({
    field: 'kind',
    type: 'nominal',
    title: null,
    scale: { domain: drawn, range: range.slice(0, kinds.length).filter((_, i) => drawn.includes(kinds[i]!)) },
    legend: { orient: 'top', direction: 'vertical', labelLimit: 360, symbolType: 'stroke', symbolSize: 300 },
  })
  const marked = {
    condition: { test: "datum.kind === 'above its limit'", value: 'var(--bad)' },
    value: 'var(--bar)',
  }
  const quiet = { labelColor: 'var(--ink)', titleColor: 'var(--quiet)' }
  return {
    background: 'transparent',
    padding: { left: 2, right: 14, top: 8, bottom: 2 },
    width,
    height: { step: 44 },
    data: { values: rows },
    layer: [
      {
        data: { values: lines },
        mark: { type: 'rule', strokeWidth: 2 },
        encoding: {
          x: axis('at'),
          color: byKind(['var(--bad)', 'var(--ink)', 'var(--quiet)']),
          strokeDash: byKind([
            [1, 0],
            [8, 4],
            [2, 3],
          ]),
        },
      },
      {
        mark: { type: 'rule', strokeWidth: 9, opacity: 0.4 },
        encoding: { x: axis('low'), x2: { field: 'high' }, y, color: marked },
      },
      {
        mark: { type: 'point', filled: true, size: 70, opacity: 1 },
        encoding: { x: axis('value'), y, color: marked },
      },
      {
        // Above its bar, and not beside it: so the picture is no wider on a phone than it must be.
        mark: {
          type: 'text',
          align: 'left',
          baseline: 'bottom',
          dx: 6,
          dy: -8,
          fontSize: 12,
          color: 'var(--ink)',
        },
        encoding: { x: { datum: blind, type: 'quantitative' }, y, text: { field: 'title' } },
      },
      {
        // Of who knows more the limit is another one: each row shows its own.
        transform: [{ filter: 'isValid(datum.upper)' }],
        mark: { type: 'tick', thickness: 4, size: 22, color: 'var(--bad)' },
        encoding: { x: axis('upper'), y },
      },
    ],
    config: {
      axis: { ...quiet, gridColor: 'var(--grid)', domainColor: 'var(--line)', tickColor: 'var(--line)' },
      legend: { labelColor: 'var(--ink)' },
      view: { stroke: 'transparent' },
    },
  }
}

/** From the least to the most that is drawn, and a little more. */
function domainOf({ blind, floor, upper, attacks }: DrawnBracket): readonly [number, number] {
  const all = [
    blind,
    upper,
    ...(floor === null ? [] : [floor]),
    ...attacks.flatMap(({ interval, upper: own }) => [...interval, ...(own === null ? [] : [own])]),
  ]
  const [least, most] = [Math.min(...all), Math.max(...all)]
  const room = Math.max(0.01, (most - least) * 0.06)
  return [Math.max(0, least - room), Math.min(1, most + room)]
}
