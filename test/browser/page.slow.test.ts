// The page of `frostglass serve --demo` in a real browser, before a tiny gallery that is trained for the test.
import { execFile } from 'node:child_process'
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { promisify } from 'node:util'
import type { Browser, BrowserContextOptions, Locator, Page } from 'playwright-core'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { mountGallery, mountIndex } from '../../src/demo/page.ts'
import { type RunningService, startService } from '../../src/serve/v2/index.ts'
import { launchChromium } from './chromium.ts'
import { faint } from './contrast.ts'

const skip = process.env['FROSTGLASS_SKIP_BROWSER'] === '1'
const seven = [
  [0.25, 0.2],
  [0.75, 0.2],
  [0.45, 0.85],
] as const

describe.skipIf(skip)('the page', () => {
  const cache = mkdtempSync(join(tmpdir(), 'frostglass-page-'))
  const before = process.env['FROSTGLASS_CACHE']
  const faults: string[] = []
  const foreign: string[] = []
  let running: RunningService
  let browser: Browser

  beforeAll(async () => {
    process.env['FROSTGLASS_CACHE'] = cache
    let trained: Promise<void> | undefined
    running = await startService({
      port: 0,
      extra: (app, service) => {
        trained = mountGallery(app, service, {
          limits: { train: 1500, test: 200 },
          bottlenecks: [8, 64],
          recipe: { epochs: { classifier: 8, pane: 6, attack: 1 }, seed: 1 },
        }).trained
      },
    })
    browser = await launchChromium()
    await trained
  })

  afterAll(async () => {
    await browser?.close()
    await running?.close({ grace: 0 })
    rmSync(cache, { recursive: true, force: true })
    if (before === undefined) delete process.env['FROSTGLASS_CACHE']
    else process.env['FROSTGLASS_CACHE'] = before
  })

  async function open(options: BrowserContextOptions = {}): Promise<Page> {
    const page = await browser.newPage({ viewport: { width: 1280, height: 900 }, ...options })
    page.on('pageerror', (error) => faults.push(error.message))
    page.on('console', (message) => {
      if (message.type() === 'error' || message.type() === 'warning') faults.push(message.text())
    })
    page.on('request', (request) => {
      if (!request.url().startsWith(running.url) && !request.url().startsWith('data:'))
        foreign.push(request.url())
    })
    await page.goto(`${running.url}/`)
    await settled(page)
    return page
  }

  const pad = (page: Page) => page.getByRole('application', { name: 'Drawing pad for a digit' })
  const answer = (page: Page, of: 'raw' | 'obfuscated') =>
    page.locator(`.winner.${of}`).getAttribute('data-answer')
  const spoken = (page: Page) => page.locator('#spoken').textContent()
  const picture = (page: Page, tile: string) => drawn(page.locator(`.${tile} canvas.picture`).first())
  const blank = 'nothing drawn'

  /** Waits until the spoken answer is another one than `than`. */
  async function settled(page: Page, than = ''): Promise<string> {
    await page.waitForFunction((old) => {
      const text = document.querySelector('#spoken')?.textContent ?? ''
      return text !== '' && text !== old
    }, than)
    return (await spoken(page)) ?? ''
  }

  async function clear(page: Page): Promise<void> {
    await page.getByRole('button', { name: 'Clear' }).click()
    await page.waitForFunction(() => document.querySelector('#spoken')?.textContent === '')
  }

  it('starts with a test digit: what leaves, both answers and the attacker’s picture are there', async () => {
    const page = await open()
    expect(await answer(page, 'raw')).toMatch(/^\d$/)
    expect(await answer(page, 'obfuscated')).toMatch(/^\d$/)
    expect(await picture(page, 'leaves')).not.toBe(blank)
    expect(await picture(page, 'attacker')).not.toBe(blank)
    const facts = await page.locator('.facts').allTextContents()
    expect(facts.join(' ')).toMatch(/3,136 bytes.*ms.*SSIM0\.\d\d.*dB/)
    await page.close()
  })

  it('reads a seven that is drawn with the mouse, and a one', async () => {
    const page = await open()
    await clear(page)
    const draw = async (points: readonly (readonly [number, number])[]) => {
      const box = (await pad(page).boundingBox())!
      const at = ([x, y]: readonly [number, number]) =>
        [box.x + x * box.width, box.y + y * box.height] as const
      await page.mouse.move(...at(points[0]!))
      await page.mouse.down()
      for (const point of points.slice(1)) await page.mouse.move(...at(point), { steps: 10 })
      await page.mouse.up()
    }
    await draw(seven)
    await settled(page)
    expect(await answer(page, 'raw')).toBe('7')
    await clear(page)
    await draw([
      [0.52, 0.15],
      [0.48, 0.85],
    ])
    await settled(page)
    expect(await answer(page, 'raw')).toBe('1')
    await page.close()
  })

  it('is drawn on by touch, on a narrow screen that does not scroll sideways', async () => {
    const page = await open({ viewport: { width: 360, height: 740 }, hasTouch: true, isMobile: true })
    expect(await page.evaluate(() => document.documentElement.scrollWidth - innerWidth)).toBe(0)
    await clear(page)
    const box = (await pad(page).boundingBox())!
    const at = ([x, y]: readonly [number, number]) => ({
      x: box.x + x * box.width,
      y: box.y + y * box.height,
    })
    const session = await page.context().newCDPSession(page)
    const touch = (type: 'touchStart' | 'touchMove' | 'touchEnd', points: { x: number; y: number }[]) =>
      session.send('Input.dispatchTouchEvent', { type, touchPoints: points })
    await touch('touchStart', [at(seven[0])])
    for (let i = 1; i < seven.length; i++) {
      const [from, to] = [at(seven[i - 1]!), at(seven[i]!)]
      for (let t = 0.1; t <= 1.001; t += 0.1) {
        await touch('touchMove', [{ x: from.x + t * (to.x - from.x), y: from.y + t * (to.y - from.y) }])
      }
    }
    await touch('touchEnd', [])
    await settled(page)
    expect(await answer(page, 'raw')).toBe('7')
    expect(await page.evaluate(() => scrollY)).toBe(0)
    await page.close()
  })

  it('is drawn on and driven by the keyboard alone', async () => {
    const page = await open()
    await clear(page)
    await pad(page).focus()
    // The cursor starts in the upper middle: a stroke down is a one.
    await page.keyboard.press('Space')
    for (let i = 0; i < 12; i++) await page.keyboard.press('ArrowDown')
    await page.keyboard.press('Space')
    const one = await settled(page)
    expect(await answer(page, 'raw')).toBe('1')
    await page.keyboard.press('Backspace')
    expect(await page.locator('.pad path.ink').count()).toBe(0)
    await page.keyboard.press('Tab')
    await page.keyboard.press('Tab')
    // Behind the pad: more test digits, then the first of them.
    expect(await page.evaluate(() => document.activeElement?.getAttribute('aria-label'))).toMatch(
      /^Test digit/,
    )
    await page.keyboard.press('Enter')
    await settled(page, one)
    await page.getByRole('slider', { name: /bottleneck/i }).focus()
    const wide = (await spoken(page))!
    expect(wide).toContain('Bottleneck 64')
    await page.keyboard.press('ArrowLeft')
    expect(await settled(page, wide)).toContain('Bottleneck 8')
    await page.close()
  })

  it('changes what leaves and the attacker’s picture with the slider, and says what that means', async () => {
    const page = await open()
    const slider = page.getByRole('slider', { name: /bottleneck/i })
    const wide = {
      sent: await picture(page, 'leaves'),
      back: await picture(page, 'attacker'),
      said: await spoken(page),
    }
    expect(await slider.getAttribute('aria-valuetext')).toBe('64 units')
    await slider.fill('0')
    await settled(page, wide.said ?? '')
    expect(await slider.getAttribute('aria-valuetext')).toBe('8 units')
    expect(await picture(page, 'leaves')).not.toEqual(wide.sent)
    expect(await picture(page, 'attacker')).not.toEqual(wide.back)
    expect(await page.locator('.verdict').textContent()).toMatch(/n = 8.*SSIM of \d\.\d\d/)
    await page.getByText('The numbers').click()
    expect(await page.locator('.chart table tbody tr').count()).toBe(2)
    await page.close()
  })

  it('looks otherwise in the dark, by the system or by choice, and words stay readable in both', async () => {
    const light = await open()
    const dark = await open({ colorScheme: 'dark' })
    const background = (page: Page) => page.evaluate(() => getComputedStyle(document.body).backgroundColor)
    expect(await background(light)).not.toBe(await background(dark))
    expect(Buffer.compare(await light.screenshot(), await dark.screenshot())).not.toBe(0)
    expect(await faint(light)).toEqual([])
    expect(await faint(dark)).toEqual([])
    await light.getByRole('radio', { name: 'dark' }).check({ force: true })
    expect(await background(light)).toBe(await background(dark))
    await light.reload()
    expect(await background(light)).toBe(await background(dark))
    await light.close()
    await dark.close()
  })

  it('names everything that can be used, and heads its parts in order', async () => {
    const page = await open()
    const nameless = await page.evaluate(() =>
      Array.from(document.querySelectorAll('button, input, a, [tabindex="0"], canvas:not([aria-hidden])'))
        .filter((element) => {
          const own = element.getAttribute('aria-label') || element.textContent?.trim()
          const labels = element instanceof HTMLInputElement ? Array.from(element.labels ?? []) : []
          return !own && !labels.some((label) => label.textContent?.trim())
        })
        .map((element) => element.outerHTML.slice(0, 80)),
    )
    expect(nameless).toEqual([])
    const headings = await page.evaluate(() =>
      Array.from(document.querySelectorAll('h1, h2, h3'), (heading) => Number(heading.tagName[1])),
    )
    expect(headings.filter((level) => level === 1)).toHaveLength(1)
    expect(headings[0]).toBe(1)
    expect(await page.evaluate(() => document.documentElement.lang)).toBe('en')
    expect(await page.locator('main').count()).toBe(1)
    // The ring of focus is seen.
    await pad(page).focus()
    await page.keyboard.press('Tab')
    expect(await page.evaluate(() => getComputedStyle(document.activeElement!).outlineWidth)).toBe('3px')
    await page.close()
  })

  /** The browser itself tells the console of a connection that fails, or of a status. */
  const ownFaults = () => faults.splice(0).filter((fault) => !/net::ERR_|status of 50\d/.test(fault))

  it('never leaves another digit’s answer standing when a request fails, and says so above the tiles', async () => {
    const page = await open()
    const take = (digit: number) =>
      page
        .getByRole('button', { name: `Test digit: a ${digit}` })
        .first()
        .click()
    const empty = async () => {
      for (const of of ['raw', 'obfuscated'] as const) expect(await answer(page, of)).toBe('')
      expect(await picture(page, 'attacker')).toBe(blank)
      expect(await page.locator('.service .bar').evaluateAll(shares)).toEqual(new Array(20).fill('0'))
      expect(await page.locator('.stale').count()).toBe(0)
    }
    // Held: what stands there is greyed, for it is of the digit before.
    const { promise: held, resolve: fail } = Promise.withResolvers<void>()
    await page.route('**/infer', async (route) => {
      await held
      await route.abort()
    })
    await take(3)
    await page.locator('.tile.service.stale').waitFor()
    await page.locator('.tile.attacker.stale').waitFor()
    expect(await spoken(page)).not.toContain('to the raw digit and the same to 3')
    fail()
    const words = page.getByRole('alert')
    await words.waitFor()
    await empty()
    expect(await words.textContent()).toMatch(
      /This digit was not answered: The service does not answer: it has stopped/,
    )
    const [told, stage] = [(await words.boundingBox())!, (await page.locator('.stage').boundingBox())!]
    expect(told.y + told.height).toBeLessThanOrEqual(stage.y)
    // Another digit, and a service that answers with an error; then cut off.
    await page.unroute('**/infer')
    await page.route('**/infer', (route) =>
      route.fulfill({ status: 503, contentType: 'application/json', body: '{"error":"enough in hand"}' }),
    )
    await take(5)
    await page.waitForFunction(() =>
      /enough in hand/.test(document.querySelector('.notice')?.textContent ?? ''),
    )
    await empty()
    await page.unroute('**/infer')
    await page.context().setOffline(true)
    await take(1)
    await page.waitForFunction(() =>
      /the network is cut/.test(document.querySelector('.notice')?.textContent ?? ''),
    )
    await empty()
    await page.context().setOffline(false)
    await words.getByRole('button', { name: 'Ask again' }).click()
    await words.waitFor({ state: 'detached' })
    await settled(page)
    expect(await answer(page, 'raw')).toBe('1')
    await page.close()
    expect(ownFaults()).toEqual([])
  })

  it('keeps what was answered of this digit when the attack alone fails, and nothing of another pane', async () => {
    const page = await open()
    await page.route('**/recnet-*/infer', (route) => route.abort())
    await page.getByRole('slider', { name: /bottleneck/i }).fill('0')
    await page.getByRole('alert').waitFor()
    expect(await answer(page, 'raw')).toMatch(/^\d$/)
    expect(await answer(page, 'obfuscated')).toMatch(/^\d$/)
    expect(await picture(page, 'attacker')).toBe(blank)
    expect(await page.locator('.attacker .facts').textContent()).toBe('SSIM–PSNR–')
    await page.close()
    expect(ownFaults()).toEqual([])
  })

  it('covers nothing on a phone: tiles one below the other by their numbers, pad and digits free', async () => {
    const page = await open({ viewport: { width: 360, height: 740 }, hasTouch: true, isMobile: true })
    const tiles = await page.locator('.tile').evaluateAll((all) =>
      all.map((tile) => {
        const number = tile.querySelector('h2 i') as HTMLElement
        return {
          number: number.innerText,
          top: tile.getBoundingClientRect().top,
          seen: number.offsetWidth > 0,
        }
      }),
    )
    const sorted = tiles.toSorted((a, b) => a.top - b.top)
    expect(sorted.map(({ number, seen }) => [number, seen])).toEqual(
      ['1', '2', '3', '4'].map((n) => [n, true]),
    )
    for (const width of [360, 1280]) {
      await page.setViewportSize({ width, height: 740 })
      for (const scroll of [0, 200, 400]) {
        await page.evaluate((y) => scrollTo({ top: y, behavior: 'instant' }), scroll)
        expect(await page.evaluate(covered)).toEqual([])
      }
    }
    await page.close()
  })

  it('has targets of 24 px and more, on a phone and on a desk', async () => {
    for (const width of [360, 768, 1440]) {
      const page = await open({ viewport: { width, height: 740 } })
      const small = await page
        .locator('button, input[type="range"], label, a, summary, [tabindex="0"]')
        .evaluateAll((all) =>
          all
            .map((element) => [element.textContent, element.getBoundingClientRect()] as const)
            .filter(([, { width, height }]) => width < 24 || height < 24)
            .map(([text, { width, height }]) => `${text} ${width}×${height}`),
        )
      expect(small).toEqual([])
      await page.close()
    }
  })

  it('is walked from its top to the slider by the Tab key alone', async () => {
    const page = await open()
    const walked: string[] = []
    for (let i = 0; i < 40 && walked.at(-1) !== 'bottleneck'; i++) {
      await page.keyboard.press('Tab')
      walked.push(
        await page.evaluate(() => {
          const at = document.activeElement as HTMLElement
          return at.id || at.getAttribute('aria-label') || at.textContent || at.tagName
        }),
      )
    }
    expect(walked.at(-1)).toBe('bottleneck')
    for (const name of ['Clear', 'Drawing pad for a digit', 'Show others', 'Test digit: a 0'])
      expect(walked).toContain(name)
    const before = (await spoken(page))!
    await page.keyboard.press('Home')
    expect(await settled(page, before)).toContain('Bottleneck 8')
    await page.close()
  })

  it('says beside its title what the pane hides', async () => {
    const page = await open()
    const [title, judged] = [
      (await page.locator('h1').boundingBox())!,
      (await page.locator('.judged').boundingBox())!,
    ]
    expect(judged.y - (title.y + title.height)).toBeLessThan(24)
    expect(await page.locator('.judged b').textContent()).toBe(await page.locator('#verdict').textContent())
    await page.close()
  })

  it('asks nobody but its server, and has nothing to complain of', () => {
    expect(foreign).toEqual([])
    expect(faults).toEqual([])
  })

  it('has a policy that forbids what is not its server’s', async () => {
    const response = await fetch(`${running.url}/`)
    expect(response.headers.get('content-security-policy')).toContain("default-src 'self'")
    expect((await fetch(`${running.url}/assets/../package.json`)).status).toBe(404)
    expect((await fetch(`${running.url}/gallery/panes/..%2Fclassifier`)).status).toBe(404)
    expect((await fetch(`${running.url}/gallery/panes/mlp-8.onnx`)).status).toBe(200)
  })

  it('without the demo there is a page that tells which models are served', async () => {
    const { bytes } = {
      bytes: new Uint8Array(await (await fetch(`${running.url}/gallery/panes/mlp-8.onnx`)).arrayBuffer()),
    }
    const other = await startService({
      port: 0,
      models: [{ name: 'pane', bytes }],
      extra: (app, service) => mountIndex(app, service),
    })
    const page = await browser.newPage({ viewport: { width: 360, height: 740 }, colorScheme: 'dark' })
    try {
      await page.goto(`${other.url}/`)
      expect(await page.locator('table').textContent()).toContain('image FP32 [N, 1, 28, 28]')
      expect(await page.getByRole('link', { name: 'The API' }).getAttribute('href')).toBe('/openapi.json')
      expect(await page.locator('body').textContent()).toContain('frostglass serve --demo')
      // What can be pasted is answered.
      const command = await page.locator('pre').innerText()
      const said = await promisify(execFile)('sh', ['-c', command.replace('curl -s', 'curl -sS')])
      expect(JSON.parse(said.stdout).outputs[0]).toMatchObject({ shape: [1, 1, 28, 28], datatype: 'FP32' })
      expect(await page.evaluate(() => document.documentElement.scrollWidth - innerWidth)).toBe(0)
      expect(await faint(page)).toEqual([])
    } finally {
      await page.close()
      await other.close({ grace: 0 })
    }
  })
})

/** How long each bar is. */
const shares = (bars: Element[]) => bars.map((bar) => (bar as HTMLElement).style.getPropertyValue('--share'))

/** Which of pad and test digits have something over them, within the window. */
function covered(): string[] {
  return Array.from(document.querySelectorAll('.pad svg, .strip button')).flatMap((element) => {
    const { left, top, width, height } = element.getBoundingClientRect()
    return [0.1, 0.5, 0.9].flatMap((share) => {
      const [x, y] = [left + share * width, top + share * height]
      if (y < 0 || y >= innerHeight) return []
      const found = document.elementFromPoint(x, y)
      return found && element.contains(found)
        ? []
        : [`${element.outerHTML.slice(0, 60)} by ${found?.className}`]
    })
  })
}

/** What a canvas shows, as an address of data. */
function drawn(canvas: Locator): Promise<string> {
  return canvas.evaluate((element) => {
    const shown = element as HTMLCanvasElement
    const empty = Object.assign(document.createElement('canvas'), {
      width: shown.width,
      height: shown.height,
    })
    return shown.toDataURL() === empty.toDataURL() ? 'nothing drawn' : shown.toDataURL()
  })
}
