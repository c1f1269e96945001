// The engine in a real browser: the same bundle, numbers and models as on Node.
import type { Browser, Page as Tab } from 'playwright-core'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import type { CompileOptions } from '../../src/graph/index.ts'
import { createKey, openKeyedPane } from '../../src/protect/index.ts'
import { memoryTable } from '../memoryTable.ts'
import { launchChromium } from './chromium.ts'
import { answers, type Trained, train } from './round.ts'
import { type Bundle, bundle, serve } from './site.ts'

const skip = process.env['FROSTGLASS_SKIP_BROWSER'] === '1'

describe.skipIf(skip)('in Chromium', () => {
  let built: Bundle
  let site: Awaited<ReturnType<typeof serve>>
  let browser: Browser
  let tab: Tab
  const faults: string[] = []

  const trainThere = (options: CompileOptions): Promise<Trained> =>
    tab.evaluate((o) => window.frostglass.train(o), options)
  const answersThere = (model: readonly number[], options: CompileOptions): Promise<number[]> =>
    tab.evaluate(([m, o]) => window.frostglass.answers(m, o), [model, options] as const)

  beforeAll(async () => {
    browser = await launchChromium()
    built = await bundle()
    site = await serve(built)
    tab = await open(browser, site.url, faults)
  })

  afterAll(async () => {
    await browser?.close()
    await site?.close()
  })

  it('gets a bundle without anything of Node', () => {
    expect(built.nodeImports).toEqual([])
    expect([...built.files.keys()].some((path) => path.endsWith('.wasm'))).toBe(true)
  })

  it('trains on WebAssembly with threads, and the losses and weights are those of Node', async () => {
    expect(await tab.evaluate(() => crossOriginIsolated)).toBe(true)
    const there = await trainThere({ executor: 'native', device: 'wasm', threads: 2 })
    const here = await train({ executor: 'native' })
    expect(there.executor).toBe('native')
    expectClose(there.losses, here.losses, 1e-4)
    expectWeights(there, here, 1e-4)
    expect(mean(there.losses.slice(-5))).toBeLessThan(0.5 * mean(there.losses.slice(0, 5)))
  })

  it('trains on the plain executor, and gets what Node and WebAssembly get', async () => {
    const there = await trainThere({ executor: 'plain' })
    expect(there.executor).toBe('plain')
    const here = await train({ executor: 'plain' })
    expectClose(there.losses, here.losses, 1e-12)
    expectWeights(there, here, 1e-12)
    const native = await trainThere({ executor: 'native' })
    expectClose(native.losses, there.losses, 1e-4)
    expectWeights(native, there, 1e-4)
  })

  it('reads the model that Node wrote, and Node the model that it wrote', async () => {
    const here = await train({ executor: 'native' })
    const there = await trainThere({ executor: 'native' })
    for (const executor of ['plain', 'native'] as const) {
      expectClose(await answersThere(here.model, { executor }), await answers(here.model, { executor }), 1e-5)
      expectClose(
        await answersThere(there.model, { executor }),
        await answers(there.model, { executor }),
        1e-5,
      )
    }
  })

  it('runs the exported pane of a key in float64, as Node does', async () => {
    const values = [0, 1, 2, 4, 8, 16]
    const table = memoryTable({ a: values, b: values.toReversed(), c: values.map((v) => v * v) })
    const { key } = await createKey(table, { layers: 3, secret: new Uint8Array(32).fill(3) })
    const pane = openKeyedPane(key)
    const model = Array.from(pane.toOnnx())
    await pane.close()
    const here = await answers(model, { executor: 'native' })
    expect(new Set(here).size).toBe(here.length)
    expectClose(await answersThere(model, { executor: 'native' }), here, 1e-12)
    expectClose(await answersThere(model, { executor: 'plain' }), here, 1e-12)
  })

  it('leaves no error and no warning in the console', () => {
    expect(faults).toEqual([])
  })

  it('takes cpu for wasm, and says which devices are not to be had', async () => {
    const another = await open(browser, site.url, []) // the runtime warns of the missing WebGPU
    const refusal = (options: CompileOptions) =>
      another.evaluate((o) => window.frostglass.refusal(o), {
        executor: 'native',
        ...options,
      } as CompileOptions)
    expect(await refusal({ device: 'cpu' })).toBeUndefined()
    expect(await refusal({ device: 'cuda' })).toMatch(/^unsupported: no device 'cuda' in a browser; Take/)
    expect(await refusal({ device: 'webgpu' })).toMatch(/^unsupported: .*webgpu.*; .*try cpu/i)
  })

  // Chromium tells the console of a shader that is not valid, and the runtime goes on with wrong numbers.
  it('trains on WebGPU, also while another program runs', async () => {
    const shaders: string[] = []
    const another = await launchChromium({ webgpu: true })
    try {
      const options = { executor: 'native' } as const
      const here = await train(options, 3)
      const page = await open(another, site.url, shaders)
      const [there, scores] = await page.evaluate(
        ([model, o]) => Promise.all([window.frostglass.train(o, 3), window.frostglass.answers(model, o)]),
        [here.model, { ...options, device: 'webgpu' }] as const,
      )
      expect(shaders).toEqual([])
      expectClose(there.losses, here.losses, 1e-4)
      expectWeights(there, here, 1e-4)
      expectClose(scores, await answers(here.model, options), 1e-4)
    } finally {
      await another.close()
    }
  })
})

it('has no wasm on Node, and says so', async () => {
  await expect(train({ executor: 'native', device: 'wasm' })).rejects.toThrow("no device 'wasm' on Node")
})

/** The page, once it is ready; its errors and warnings go to `faults`. */
async function open(browser: Browser, url: string, faults: string[]): Promise<Tab> {
  const tab = await browser.newPage()
  tab.on('pageerror', (error) => faults.push(error.message))
  tab.on('console', (message) => {
    if (message.type() === 'error' || message.type() === 'warning') faults.push(message.text())
  })
  tab.on('requestfailed', (request) => faults.push(`${request.url()} failed`))
  await tab.goto(url)
  await tab.waitForFunction(() => window.frostglass !== undefined)
  return tab
}

function expectWeights(got: Trained, expected: Trained, tolerance: number): void {
  expect(Object.keys(got.weights)).toEqual(Object.keys(expected.weights))
  for (const [name, values] of Object.entries(expected.weights))
    expectClose(got.weights[name]!, values, tolerance)
}

/** Differences relative to the largest magnitude. */
function expectClose(got: readonly number[], expected: readonly number[], tolerance: number): void {
  expect(got.length).toBe(expected.length)
  const scale = Math.max(...expected.map(Math.abs))
  const worst = Math.max(...got.map((v, i) => Math.abs(v - expected[i]!))) / scale
  expect(worst).toBeLessThanOrEqual(tolerance)
}

function mean(values: readonly number[]): number {
  return values.reduce((a, b) => a + b, 0) / values.length
}
