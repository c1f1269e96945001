// The dial of codes in a real browser: at `/codes` of the demo, with its slider, and in a report, where no script runs.

import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { pathToFileURL } from 'node:url'
import type { Hono } from 'hono'
import type { Browser, Page } from 'playwright-core'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { shownFrom } from '../../src/audit/report/html.ts'
import { pageHead } from '../../src/audit/report/page.ts'
import { pricePanel } from '../../src/audit/report/pricePanel.ts'
import { mountGallery } from '../../src/demo/page.ts'
import { type RunningService, startService } from '../../src/serve/v2/index.ts'
import { launchChromium } from './chromium.ts'
import { faint } from './contrast.ts'

const skip = process.env['FROSTGLASS_SKIP_BROWSER'] === '1'

describe.skipIf(skip)('the dial of codes', () => {
  const folder = mkdtempSync(join(tmpdir(), 'frostglass-codes-'))
  const before = process.env['FROSTGLASS_CACHE']
  const faults: string[] = []
  const stop = new AbortController()
  let browser: Browser
  let running: RunningService

  beforeAll(async () => {
    process.env['FROSTGLASS_CACHE'] = folder
    running = await startService({
      port: 0,
      extra: (app: Hono, service) => {
        mountGallery(app, service, {
          limits: { train: 4000, test: 200 },
          bottlenecks: [8],
          recipe: { epochs: { classifier: 1, pane: 1, attack: 1 }, seed: 1 },
          signal: stop.signal,
        })
      },
    })
    browser = await launchChromium()
  })

  afterAll(async () => {
    stop.abort()
    await browser?.close()
    await running?.close({ grace: 0 })
    rmSync(folder, { recursive: true, force: true })
    if (before === undefined) delete process.env['FROSTGLASS_CACHE']
    else process.env['FROSTGLASS_CACHE'] = before
  })

  async function open(url: string, width: number, colorScheme: 'light' | 'dark'): Promise<Page> {
    const page = await browser.newPage({ viewport: { width, height: 900 }, colorScheme })
    page.on('pageerror', (error) => faults.push(error.message))
    page.on('console', (message) => faults.push(message.text()))
    await page.goto(url)
    return page
  }

  /** Codes of the checked stop, the row of the numbers that are seen, and how many rows are seen. */
  const state = async (page: Page) => {
    const told = page.locator('.dial .told:visible')
    return {
      checked: await page.locator('.dial input:checked + label data').textContent(),
      row: /rows\/(\d+)\//.exec((await told.locator('data').first().getAttribute('data-json'))!)![1],
      seen: await told.count(),
    }
  }

  it('slides at /codes: what is seen belongs to the number that is chosen', async () => {
    const page = await open(`${running.url}/codes`, 1280, 'light')
    const slider = page.getByRole('slider', { name: 'Number of codes' })
    // Until it is trained the page comes again by itself.
    await slider.waitFor({ timeout: 120_000 })
    expect(await state(page)).toEqual({ checked: '2', row: '0', seen: 1 })
    await slider.focus()
    await page.keyboard.press('ArrowRight')
    const second = await state(page)
    expect(second).toMatchObject({ row: '1', seen: 1 })
    expect(await slider.getAttribute('aria-valuetext')).toBe(`${second.checked} codes`)
    await page.keyboard.press('End')
    const stops = await page.locator('.dial label').count()
    expect(await state(page)).toMatchObject({ row: String(stops - 1), seen: 1 })
    // A stop that is clicked turns the slider as well.
    await page.locator('.dial label').first().click()
    expect(await slider.inputValue()).toBe('0')
    expect(await page.locator('.digits:visible li').count()).toBe(10)
    expect(await faint(page)).toEqual([])
    await page.close()
  })

  it('fits a phone, in the dark', async () => {
    const page = await open(`${running.url}/codes`, 360, 'dark')
    await page.locator('.dial').waitFor({ timeout: 120_000 })
    expect(await page.evaluate(() => document.documentElement.scrollWidth - innerWidth)).toBe(0)
    expect(await faint(page)).toEqual([])
    await page.close()
  })

  it('turns by keys in a report, where no script runs', async () => {
    const rows = [2, 4, 8].map((codes) => ({
      codes,
      accuracy: 0.9,
      information: 0.5 + codes / 100,
      estimate: 0.2 + codes / 100,
      upper: 0.25 + codes / 100,
      certified: codes === 4,
    }))
    const prices = { attributes: ['kind'], units: 1000, rows }
    const path = join(folder, 'report.html')
    writeFileSync(
      path,
      `${pageHead()}<main>${pricePanel(prices, shownFrom({ prices }), { blind: 0.1, floor: 0.2 })}</main></body></html>`,
    )
    const page = await open(pathToFileURL(path).href, 360, 'dark')
    expect(await state(page)).toEqual({ checked: '4', row: '1', seen: 1 })
    await page.locator('.dial input:checked').focus()
    await page.keyboard.press('ArrowRight')
    expect(await state(page)).toEqual({ checked: '8', row: '2', seen: 1 })
    expect(await page.locator('.told:visible').textContent()).toContain('not certified')
    expect(await page.locator('.told:visible').evaluate((e) => getComputedStyle(e).borderStyle)).toBe(
      'dashed',
    )
    expect(await page.evaluate(() => document.documentElement.scrollWidth - innerWidth)).toBe(0)
    expect(await faint(page)).toEqual([])
    await page.close()
  })

  it('has no fault of its pages', () => {
    expect(faults).toEqual([])
  })
})
