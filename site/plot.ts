// Where things lie in the chart: sizes, places of numbers on the screen, names beside the lines.
// Source: none; plain arithmetic.
// It draws nothing.

import type { GalleryIndex, GalleryPane } from '../src/demo/galleryIndex.ts'

/** Sizes: beside the lines there is room for their names, or there is not. */
const wide = { width: 640, height: 300, left: 40, right: 162, top: 26, bottom: 40 }
const narrow = { width: 340, height: 260, left: 34, right: 10, top: 26, bottom: 40 }

/** A plot of shares, 0 … 1, by bottleneck. */
export interface Plot {
  readonly width: number
  readonly height: number
  /** Of the plane within the axes. */
  readonly left: number
  readonly top: number
  readonly inner: { readonly width: number; readonly height: number }
  x(bottleneck: number): number
  y(share: number): number
}

/** @param stops bottlenecks, rising */
export function plotOf(stops: readonly number[], isNarrow: boolean): Plot {
  const { width, height, left, right, top, bottom } = isNarrow ? narrow : wide
  const inner = { width: width - left - right, height: height - top - bottom }
  return {
    width,
    height,
    left,
    top,
    inner,
    x: (n) => left + (stops.length > 1 ? stops.indexOf(n) / (stops.length - 1) : 0.5) * inner.width,
    y: (share) => top + (1 - Math.min(1, Math.max(0, share))) * inner.height,
  }
}

/** A line through all panes, as a path's `d`. */
export const lineOf = ({ x, y }: Plot, panes: readonly GalleryPane[], of: (pane: GalleryPane) => number) =>
  panes.map((pane, i) => `${i ? 'L' : 'M'}${x(pane.bottleneck)} ${y(of(pane))}`).join('')

/** The intervals of likeness, as a polygon's `points`. */
export const bandOf = ({ x, y }: Plot, panes: readonly GalleryPane[]) =>
  [
    ...panes.map((p) => `${x(p.bottleneck)} ${y(p.likeness.interval[1])}`),
    ...panes.toReversed().map((p) => `${x(p.bottleneck)} ${y(p.likeness.interval[0])}`),
  ].join(' ')

/** A line's name, beside its end. */
export interface Name {
  readonly at: number
  readonly text: string
  readonly class: string
}

/** The names of all lines that are there. */
export function namesOf({ y }: Plot, { panes, classifier, answerAlone }: GalleryIndex): Name[] {
  const last = panes.at(-1)
  return apart(
    [
      ...(classifier ? [{ at: y(classifier.accuracy), text: 'answers, raw', class: 'raw' }] : []),
      ...(last ? [{ at: y(last.accuracy), text: 'answers, obfuscated', class: 'obfuscated' }] : []),
      ...(last ? [{ at: y(last.likeness.ssim), text: 'likeness, attacker', class: 'attack' }] : []),
      ...(answerAlone ? [{ at: y(answerAlone.ssim), text: 'likeness, answer alone', class: 'alone' }] : []),
    ],
    15,
  )
}

/** Names moved apart so that none covers another, each as near to its line as that allows. */
export function apart<T extends { readonly at: number }>(all: readonly T[], gap: number): T[] {
  const sorted = all.toSorted((a, b) => a.at - b.at)
  for (let round = 0; round < 20; round++) {
    for (let i = 1; i < sorted.length; i++) {
      const lack = gap - (sorted[i]!.at - sorted[i - 1]!.at)
      if (lack <= 0) continue
      sorted[i - 1] = { ...sorted[i - 1]!, at: sorted[i - 1]!.at - lack / 2 }
      sorted[i] = { ...sorted[i]!, at: sorted[i]!.at + lack / 2 }
    }
  }
  return sorted
}
