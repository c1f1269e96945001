// The leak report in a real browser, as its owner opens it: a file, offline, light and dark, wide, narrow and printed.

import { readFileSync, rmSync } from 'node:fs'
import { mkdtemp, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { pathToFileURL } from 'node:url'
import type { Browser, BrowserContextOptions } from 'playwright-core'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import type { LeakReport } from '../../src/audit/index.ts'
import { pointed } from '../../src/audit/report/html.ts'
import { reportPage } from '../../src/audit/report/page.ts'
import { nastyReport } from '../leakReport.ts'
import { launchChromium } from './chromium.ts'
import { faint } from './contrast.ts'

const skip = process.env['FROSTGLASS_SKIP_BROWSER'] === '1'

describe.skipIf(skip)('the leak report in Chromium', () => {
  let browser: Browser
  let folder: string
  let report: LeakReport

  beforeAll(async () => {
    folder = await mkdtemp(join(tmpdir(), 'frostglass-report-page-'))
    report = await nastyReport()
    await writeFile(join(folder, 'report.html'), await reportPage(report))
    browser = await launchChromium()
  })

  afterAll(async () => {
    await browser?.close()
    rmSync(folder, { recursive: true, force: true })
  })

  /** The page as a file, offline; faults and requests beyond the file itself go to the lists. */
  async function opened(options: BrowserContextOptions) {
    const context = await browser.newContext({ offline: true, ...options })
    const page = await context.newPage()
    const faults: string[] = []
    const requests: string[] = []
    page.on('console', (message) => faults.push(message.text()))
    page.on('pageerror', (error) => faults.push(error.message))
    page.on('dialog', (dialog) => {
      faults.push(`a dialog: ${dialog.message()}`)
      void dialog.dismiss()
    })
    page.on('request', (request) => requests.push(request.url()))
    const url = pathToFileURL(join(folder, 'report.html')).href
    await page.goto(url)
    return { page, faults, requests: () => requests.filter((r) => r !== url), close: () => context.close() }
  }

  const wide = { width: 1280, height: 900 }
  const phone = { width: 390, height: 844 }

  it('opens offline without a fault or a request, the verdict on the first screen', async () => {
    const { page, faults, requests, close } = await opened({ viewport: wide })
    const verdict = page.locator('.verdict')
    expect(await verdict.isVisible()).toBe(true)
    expect(await verdict.locator('p').allInnerTexts()).toEqual([
      report.verdict.headline,
      report.verdict.sentence,
    ])
    const box = (await verdict.boundingBox())!
    expect(box.y + box.height).toBeLessThan(wide.height / 2)
    expect(faults).toEqual([])
    expect(requests()).toEqual([])
    await close()
  })

  it('shows numbers that are the JSON’s', async () => {
    const { page, close } = await opened({ viewport: wide })
    const shown = await page
      .locator('data[data-json]')
      .evaluateAll((all) =>
        all.map(
          (e) => [e.getAttribute('data-json')!, Number(e.getAttribute('value')), e.textContent] as const,
        ),
      )
    expect(shown.length).toBeGreaterThan(200)
    for (const [pointer, value, text] of shown) {
      expect(value).toBe(pointed(report, pointer))
      // To what is shown, as far as digits are.
      if (/^−?[\d.]+%$/.test(text!)) {
        expect(Number(text!.replace('−', '-').slice(0, -1)) / 100).toBeCloseTo(value, 3)
      }
    }
    await close()
  })

  it('shows what was tried with its empty fields', async () => {
    const { page, close } = await opened({ viewport: wide })
    const fields = await page
      .locator('.covered tbody tr')
      .evaluateAll((rows) =>
        rows.map((row) => Array.from(row.querySelectorAll('td'), (cell) => cell.textContent!).slice(1)),
      )
    const { parts, adversaries } = report.coverage
    expect(fields).toEqual(
      adversaries.map(({ attacks }) =>
        attacks.map((names, p) =>
          parts[p]!.left ? (names.length > 0 ? names.join(', ') : 'nothing tried') : 'did not leave',
        ),
      ),
    )
    expect(fields.flat()).toContain('linear-inversion')
    // All of it is on a wide screen.
    const box = page.locator('.covered')
    expect(await box.evaluate((e) => e.scrollWidth - e.clientWidth)).toBeLessThanOrEqual(0)
    await close()
  })

  it('takes names of columns as text', async () => {
    const { page, close } = await opened({ viewport: wide })
    const names = await page.locator('#columns ~ .scroll tbody th').allInnerTexts()
    const expected = report.findings.flatMap(({ attributes = [] }) => attributes.map(({ name }) => name))
    for (const name of names) expect(expected).toContain(name)
    expect(names).toContain('<script>alert(1)</script>')
    expect(await page.locator('script').count()).toBe(0)
    await close()
  })

  it.each([
    ['wide', wide],
    ['narrow', phone],
  ] as const)(
    'fits a %s screen: nothing scrolls sideways but tables in their boxes',
    async (kind, viewport) => {
      const { page, close } = await opened({ viewport })
      await page.locator('summary').click()
      expect(await page.evaluate(() => document.documentElement.scrollWidth)).toBe(viewport.width)
      const beyond = await page.evaluate(() =>
        Array.from(document.querySelectorAll('body *'))
          .filter((e) => !e.closest('.scroll') && e.getBoundingClientRect().right > innerWidth + 0.5)
          .map((e) => e.outerHTML.slice(0, 80)),
      )
      expect(beyond).toEqual([])
      // One of the two drawings of the curves, and its text can be read.
      expect(await page.locator(`.${kind} svg`).isVisible()).toBe(true)
      expect(await page.locator(`.${kind === 'wide' ? 'narrow' : 'wide'} svg`).isVisible()).toBe(false)
      const sizes = await page
        .locator(`.${kind} svg text`)
        .evaluateAll((all) => all.map((e) => e.getBoundingClientRect().height))
      expect(Math.min(...sizes.filter((height) => height > 0))).toBeGreaterThan(9)
      await close()
    },
  )

  it.each(['light', 'dark'] as const)('has enough contrast in %s', async (colorScheme) => {
    const { page, close } = await opened({ viewport: wide, colorScheme })
    await page.locator('summary').click()
    expect(await faint(page)).toEqual([])
    const lines = await page
      .locator('.wide svg path[stroke]')
      .evaluateAll((all) =>
        all.map((e) => getComputedStyle(e).stroke).filter((colour) => colour.startsWith('rgb(')),
      )
    expect(lines.length).toBeGreaterThan(2)
    await close()
  })

  it('is dark where the reader wants it dark', async () => {
    const background = async (colorScheme: 'light' | 'dark') => {
      const { page, close } = await opened({ viewport: wide, colorScheme })
      const colours = await page.evaluate(() => {
        const line = document.querySelector('.wide svg [stroke^="var(--series-0"]')!
        return [getComputedStyle(document.body).backgroundColor, getComputedStyle(line).stroke]
      })
      await close()
      return colours
    }
    const [light, dark] = [await background('light'), await background('dark')]
    expect(light[0]).toBe('rgb(255, 255, 255)')
    expect(dark[0]).not.toBe(light[0])
    expect(dark[1]).not.toBe(light[1])
  })

  it('can be walked by headings and landmarks, and its tables have headers', async () => {
    const { page, close } = await opened({ viewport: wide })
    const found = await page.evaluate(() => ({
      levels: Array.from(document.querySelectorAll('h1, h2, h3'), (h) => Number(h.tagName[1])),
      landmarks: ['header', 'nav', 'main', 'footer'].map((name) => document.querySelectorAll(name).length),
      unnamed: Array.from(document.querySelectorAll('[role=region], [role=img], nav')).filter(
        (e) => !e.getAttribute('aria-label'),
      ).length,
      headless: Array.from(document.querySelectorAll('table')).filter(
        (t) => !t.querySelector('thead th[scope=col]') || !t.querySelector('tbody th[scope]'),
      ).length,
      lang: document.documentElement.lang,
    }))
    expect(found.levels.filter((level) => level === 1)).toHaveLength(1)
    found.levels.forEach((level, i) => {
      if (i > 0) expect(level - found.levels[i - 1]!).toBeLessThanOrEqual(1)
    })
    expect(found).toMatchObject({ landmarks: [1, 1, 1, 1], unnamed: 0, headless: 0, lang: 'en' })
    await close()
  })

  it('prints: light, all of it, and the closed parts open', async () => {
    const { page, close } = await opened({ viewport: wide, colorScheme: 'dark' })
    await page.emulateMedia({ media: 'print' })
    expect(await page.evaluate(() => getComputedStyle(document.body).backgroundColor)).toBe(
      'rgb(255, 255, 255)',
    )
    expect(await page.locator('nav').isVisible()).toBe(false)
    expect(await page.locator('details table').isVisible()).toBe(true)
    const path = join(folder, 'report.pdf')
    await page.pdf({ path, format: 'A4' })
    const pages = readFileSync(path, 'latin1').match(/\/Type\s*\/Page\b/g)!.length
    expect(pages).toBeGreaterThan(2)
    expect(pages).toBeLessThan(15)
    await close()
  })
})
