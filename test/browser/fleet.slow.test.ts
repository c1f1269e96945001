// Browsers as nodes of a Flower fleet: a page of a service, its worker, and Flower's own server behind `serve --fleet`.

import { extname, join } from 'node:path'
import type { Browser, BrowserContext, Page as Tab } from 'playwright-core'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { type RunningService, startService } from '../../src/serve/v2/index.ts'
import { hasFlower, type Superlink, startSuperlink } from '../clients/superlink.ts'
import { launchChromium } from './chromium.ts'
import { line } from './fleet/line.ts'
import { type Bundle, bundle } from './site.ts'

const skip = process.env['FROSTGLASS_SKIP_BROWSER'] === '1'
const app = join(import.meta.dirname, '../clients/flower')
const types: Readonly<Record<string, string>> = {
  '.html': 'text/html; charset=utf-8',
  '.js': 'text/javascript',
}

/** A service before a Flower server, with the page of the nodes at its root. */
const serviceBefore = (server: string, { files }: Bundle): Promise<RunningService> =>
  startService({
    port: 0,
    fleet: { server },
    limits: { perClient: 1 },
    extra: (routes) => {
      for (const [path, body] of files)
        routes.get(path === '/index.html' ? '/' : path, (c) =>
          c.body(body as string, 200, { 'content-type': types[extname(path)] ?? 'application/octet-stream' }),
        )
    },
  })

describe.skipIf(skip)('nodes in Chromium', () => {
  let built: Bundle
  let browser: Browser
  const faults: string[] = []
  const contexts: BrowserContext[] = []
  beforeAll(async () => {
    built = await bundle(`${import.meta.dirname}/fleet`)
    browser = await launchChromium()
  })
  afterAll(() => browser?.close())

  /** A browser of its own, as another person has one. */
  async function person(): Promise<BrowserContext> {
    const context = await browser.newContext()
    contexts.push(context)
    return context
  }

  async function open(context: BrowserContext, url: string): Promise<Tab> {
    const tab = await context.newPage()
    tab.on('pageerror', (error) => faults.push(error.message))
    await tab.goto(`${url}/`)
    await tab.waitForFunction(() => window.fleet !== undefined)
    return tab
  }

  it('have nothing of Node in their bundle', () => {
    expect(built.nodeImports).toEqual([])
    for (const [path, code] of built.files)
      expect([path, /["'`]node:/.test(String(code))]).toEqual([path, false])
  })

  describe.skipIf(!hasFlower())('with Flower’s own server', () => {
    let link: Superlink
    let service: RunningService
    beforeAll(async () => {
      link = await startSuperlink()
      service = await serviceBefore(link.url, built)
    })
    afterAll(async () => {
      await service?.close({ grace: 0 })
      link?.close()
    })

    it('finish three rounds of FedAvg: no reply is lost, and the line is found', async () => {
      const tabs = await Promise.all([0, 1].map(async () => open(await person(), service.url)))
      // Three rounds, each of a training and an evaluation: then they leave by themselves.
      for (const [seed, tab] of tabs.entries())
        await tab.evaluate((joining) => window.fleet.join(joining), { seed, most: 6 })
      const run = link.run(app, 'rounds=3')
      for (const tab of tabs) expect(await tab.evaluate(() => window.fleet.ended)).toBe('left')
      const { status, log } = await link.over(run)
      expect(status).toBe('finished:completed')
      expect(log.match(/Received 2 results and 0 failures/g)).toHaveLength(6)
      const [, found] = /FINAL (\[.*\])/.exec(log)!
      for (const [j, value] of (JSON.parse(found!) as number[]).entries())
        expect(Math.abs(value - [...line.slopes, line.offset][j]!)).toBeLessThan(1e-3)
      for (const tab of tabs)
        expect(await tab.evaluate(() => window.fleet.news)).toEqual([
          'joined',
          ...Array.from({ length: 3 }, () => [
            'message train',
            'replied train',
            'message evaluate',
            'replied evaluate',
          ]).flat(),
          'left',
        ])
    })
  })

  it('leave no error in the page', () => {
    expect(faults).toEqual([])
  })
})
