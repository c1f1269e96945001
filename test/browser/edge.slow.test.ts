// The edge in a real browser: the same numbers as on Node, and a live service through CORS.

import type { Browser, Page as Tab } from 'playwright-core'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { openEdgeRelease } from '../../src/edge/certified.ts'
import { ask, connect, openEdgePane } from '../../src/edge/index.ts'
import { type RunningService, startService } from '../../src/serve/v2/index.ts'
import { digitRelease } from '../certifiedRelease.ts'
import { classifierModel, paneModel } from '../servedModels.ts'
import { launchChromium } from './chromium.ts'
import { type Bundle, bundle, serve } from './site.ts'

const skip = process.env['FROSTGLASS_SKIP_BROWSER'] === '1'
const pane = paneModel(128)
const release = await digitRelease()
const image = Array.from({ length: 784 }, (_, i) => (i * 37) % 256)

describe.skipIf(skip)('the edge in Chromium', () => {
  let built: Bundle
  let site: Awaited<ReturnType<typeof serve>>
  let open: RunningService
  let closed: RunningService
  let browser: Browser
  let tab: Tab
  const faults: string[] = []

  beforeAll(async () => {
    built = await bundle(`${import.meta.dirname}/edge`)
    const released = Object.entries(release).map(([name, bytes]) => [`/release/${name}`, bytes] as const)
    site = await serve({ ...built, files: new Map([...built.files, ['/pane.onnx', pane], ...released]) })
    const models = [{ name: 'digits', bytes: classifierModel([64]) }]
    const origin = new URL(site.url).origin
    open = await startService({ models, port: 0, allowOrigin: [origin] })
    closed = await startService({ models, port: 0 })
    browser = await launchChromium()
    tab = await browser.newPage()
    tab.on('pageerror', (error) => faults.push(error.message))
    tab.on('console', (message) => {
      if (message.type() === 'error' || message.type() === 'warning') faults.push(message.text())
    })
    await tab.goto(site.url)
    await tab.waitForFunction(() => window.edge !== undefined)
  })

  afterAll(async () => {
    await browser?.close()
    await site?.close()
    await open?.close()
    await closed?.close()
  })

  it('has nothing of Node in its bundle', () => {
    expect(built.nodeImports).toEqual([])
  })

  it('protects as on Node', async () => {
    const there = await tab.evaluate(([p, i]) => window.edge.protect(p, i), [
      Array.from(pane),
      image,
    ] as const)
    const here = await openEdgePane(pane)
    const expected = await here.protect(Uint8Array.from(image))
    await here.close()
    expect(Math.max(...expected)).toBeGreaterThan(0.1)
    expect(distance(there, expected)).toBeLessThan(1e-4)
  })

  it('asks a live service of another origin, and gets what Node gets', async () => {
    const there = await tab.evaluate(([p, s, i]) => window.edge.ask(p, s, i), [
      '/pane.onnx',
      open.url,
      image,
    ] as const)
    const here = await openEdgePane(pane)
    const asked = await ask(here, await connect(open.url, 'digits'), Uint8Array.from(image))
    await here.close()
    const expected = asked.decoded[0]!.all.map(({ probability }) => probability)
    expect(distance(there, expected)).toBeLessThan(1e-4)
  })

  it('releases what Node releases', async () => {
    const sessions = [1, 3, 5].map((windows, i) =>
      Array.from({ length: windows * 784 }, (_, pixel) => (pixel * (37 + i) + (pixel >> 3) * i) % 256),
    )
    const there = await tab.evaluate((given) => window.edge.release('/release', given), sessions)
    const here = await openEdgeRelease(release)
    for (const [i, windows] of sessions.entries()) {
      const { output, values } = await here.release(Uint8Array.from(windows))
      expect(there[i]).toEqual({ output, values: Array.from(values, Number) })
    }
    await here.close()
  })

  // How long it takes is judged by the bench alone: 5 ms at most, `npm run bench -- --only edge`.
  it('tells the bench how long one image through 128 units takes', async () => {
    const samples = await tab.evaluate((p) => window.edge.time(p, 50), Array.from(pane))
    expect(samples).toHaveLength(50)
    expect(Math.max(...samples)).toBeGreaterThan(0)
  })

  it('leaves no error and no warning in the console', () => {
    expect(faults).toEqual([])
  })

  it('cannot read a service that does not allow its origin, and says what may be the reason', async () => {
    const words = await tab.evaluate((url) => window.edge.refusal(url), closed.url)
    expect(words).toMatch(/cannot be asked/)
  })
})

function distance(a: readonly number[], b: ArrayLike<number>): number {
  expect(a.length).toBe(b.length)
  return a.reduce((most, value, i) => Math.max(most, Math.abs(value - b[i]!)), 0)
}
