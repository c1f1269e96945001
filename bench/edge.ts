// One image at the edge, through ObfNet-MLP(128) and through a code pane to its picture, on Node and in Chromium (WebAssembly).
// Source: docs/results/bench.md: at most 1 ms on Node, 5 ms in Chromium; a code pane of at most 200 kB.
// Time of `protect` or `release` alone, after warm-up; without a browser on the machine those rows are left out, and said.

import { openEdgeRelease } from '../src/edge/certified.ts'
import { openEdgePane } from '../src/edge/index.ts'
import { median } from '../src/statistics/median.ts'
import { launchChromium } from '../test/browser/chromium.ts'
import { bundle, serve } from '../test/browser/site.ts'
import { digitPane, digitRelease } from '../test/certifiedRelease.ts'
import { paneModel } from '../test/servedModels.ts'
import type { Context, Measurement, Row } from './measurement.ts'

const pane = paneModel(128)
const protecting = 'one image through ObfNet-MLP(128)'
const releasing = 'one image through a code pane of 80 codes, to its picture'
const image = Uint8Array.from({ length: 784 }, (_, i) => i % 256)

async function run({ quick, say }: Context): Promise<Row[]> {
  const count = quick ? 200 : 2000
  const release = await digitRelease()
  const found: Row[] = [
    rowOf(protecting, 'Node', await protectOnNode(count), 1),
    rowOf(releasing, 'Node', await releaseOnNode(release, count), 1),
    {
      what: 'a code pane for 28×28 images, file',
      unit: 'bytes',
      ours: digitPane().length,
      goal: { of: 'ours', bound: 'at most', value: 200_000 },
    },
  ]
  try {
    const there = await inChromium([
      `window.edge.time(${JSON.stringify(Array.from(pane))}, ${count})`,
      `window.edge.timeRelease(${JSON.stringify(listsOf(release))}, ${count})`,
    ])
    found.push(rowOf(protecting, 'Chromium', there[0]!, 5), rowOf(releasing, 'Chromium', there[1]!, 5))
  } catch (error) {
    say(`edge: no rows for Chromium: ${(error as Error).message}`)
  }
  return found
}

const listsOf = (files: Readonly<Record<string, Uint8Array>>) =>
  Object.fromEntries(Object.entries(files).map(([name, bytes]) => [name, Array.from(bytes)]))

function rowOf(what: string, where: string, samples: readonly number[], value: number): Row {
  const sorted = samples.toSorted((a, b) => a - b)
  const late = sorted[Math.floor(0.99 * sorted.length)]!
  return {
    what: `${what}, ${where}`,
    unit: 'ms',
    ours: median(samples),
    goal: { of: 'ours', bound: 'at most', value },
    note: `99th percentile ${late.toPrecision(3)} ms`,
    samples: { [where]: samples },
  }
}

async function protectOnNode(count: number): Promise<number[]> {
  const loaded = await openEdgePane(pane)
  const samples = await timed(() => loaded.protect(image), count)
  await loaded.close()
  return samples
}

async function releaseOnNode(files: Readonly<Record<string, Uint8Array>>, count: number): Promise<number[]> {
  const loaded = await openEdgeRelease(files)
  const samples = await timed(() => loaded.release(image), count)
  await loaded.close()
  return samples
}

/** Milliseconds of each call, after 20 to warm up. */
async function timed(call: () => Promise<unknown>, count: number): Promise<number[]> {
  for (let i = 0; i < 20; i++) await call()
  const samples: number[] = []
  for (let i = 0; i < count; i++) {
    const start = performance.now()
    await call()
    samples.push(performance.now() - start)
  }
  return samples
}

async function inChromium(asks: readonly string[]): Promise<number[][]> {
  const browser = await launchChromium()
  const site = await serve(await bundle(new URL('../test/browser/edge', import.meta.url).pathname))
  try {
    const tab = await browser.newPage()
    await tab.goto(site.url)
    await tab.waitForFunction(() => 'edge' in window)
    const all: number[][] = []
    for (const ask of asks) all.push((await tab.evaluate(ask)) as number[])
    return all
  } finally {
    await browser.close()
    await site.close()
  }
}

export const edge: Measurement = {
  name: 'edge',
  about: `${protecting}, and ${releasing}, on Node and in Chromium`,
  run,
}
