// One image through ObfNet-MLP(128) at the edge, on Node and in Chromium (WebAssembly).
// Source: docs/results/bench.md: at most 1 ms on Node, 5 ms in Chromium.
// Time of `protect` alone, after warm-up; without a browser on the machine that row is left out, and said.

import { openEdgePane } from '../src/edge/index.ts'
import { median } from '../src/statistics/median.ts'
import { launchChromium } from '../test/browser/chromium.ts'
import { bundle, serve } from '../test/browser/site.ts'
import { paneModel } from '../test/servedModels.ts'
import type { Context, Measurement, Row } from './measurement.ts'

const pane = paneModel(128)
const what = 'one image through ObfNet-MLP(128)'

async function run({ quick, say }: Context): Promise<Row[]> {
  const count = quick ? 200 : 2000
  const found: Row[] = [rowOf('Node', await onNode(count), 1)]
  try {
    found.push(rowOf('Chromium', await inChromium(count), 5))
  } catch (error) {
    say(`edge: no row for Chromium: ${(error as Error).message}`)
  }
  return found
}

function rowOf(where: string, samples: readonly number[], value: number): Row {
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

async function onNode(count: number): Promise<number[]> {
  const loaded = await openEdgePane(pane)
  const image = Uint8Array.from({ length: 784 }, (_, i) => i % 256)
  for (let i = 0; i < 20; i++) await loaded.protect(image)
  const samples: number[] = []
  for (let i = 0; i < count; i++) {
    const start = performance.now()
    await loaded.protect(image)
    samples.push(performance.now() - start)
  }
  await loaded.close()
  return samples
}

async function inChromium(count: number): Promise<number[]> {
  const browser = await launchChromium()
  const site = await serve(await bundle(new URL('../test/browser/edge', import.meta.url).pathname))
  try {
    const tab = await browser.newPage()
    await tab.goto(site.url)
    await tab.waitForFunction(() => 'edge' in window)
    const ask = `window.edge.time(${JSON.stringify(Array.from(pane))}, ${count})`
    return (await tab.evaluate(ask)) as number[]
  } finally {
    await browser.close()
    await site.close()
  }
}

export const edge: Measurement = { name: 'edge', about: `${what}, on Node and in Chromium`, run }
