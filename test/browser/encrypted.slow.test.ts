// The page of encrypted inference in a real browser: a digit goes round, encrypted, before CryptoNets' layers.
import type { Browser, BrowserContextOptions, Page } from 'playwright-core'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { mountEncryptedPage } from '../../src/demo/page.ts'
import { decode } from '../../src/edge/index.ts'
import { answerPlainly, compileNetwork } from '../../src/encrypt/index.ts'
import { type RunningService, startService } from '../../src/serve/v2/index.ts'
import { digitNetwork, smallNetwork } from '../encryptedNetworks.ts'
import { launchChromium } from './chromium.ts'
import { faint } from './contrast.ts'

const skip = process.env['FROSTGLASS_SKIP_BROWSER'] === '1'
const network = digitNetwork()
const names = Array.from({ length: 10 }, (_, digit) => String(digit))

describe.skipIf(skip)('the page of encrypted inference', () => {
  const faults: string[] = []
  const foreign: string[] = []
  /** Bodies that left the browser. */
  const left: Buffer[] = []
  let running: RunningService
  let browser: Browser
  let page: Page

  beforeAll(async () => {
    running = await startService({
      port: 0,
      encrypted: {
        models: [
          { name: 'digits', model: compileNetwork(network, names) },
          { name: 'small', model: compileNetwork(smallNetwork()) },
        ],
        // A small network is told by a few images; its count is not what is tested here.
        limits: { imagesPerKey: 1000, imagesInAll: 1000 },
      },
      extra: (app) => mountEncryptedPage(app, '/'),
    })
    browser = await launchChromium()
    page = await open()
  })

  afterAll(async () => {
    await browser?.close()
    await running?.close({ grace: 0 })
  })

  async function open(options: BrowserContextOptions = {}): Promise<Page> {
    const tab = await browser.newPage({ viewport: { width: 1280, height: 900 }, ...options })
    tab.on('pageerror', (error) => faults.push(error.message))
    tab.on('console', (message) => {
      if (message.type() === 'error' || message.type() === 'warning') faults.push(message.text())
    })
    tab.on('request', (request) => {
      if (!request.url().startsWith(running.url) && !request.url().startsWith('data:'))
        foreign.push(request.url())
      if (request.method() === 'POST') left.push(request.postDataBuffer() ?? Buffer.alloc(0))
    })
    await tab.goto(`${running.url}/`)
    await tab.getByText(/The first time public keys go along: at most/).waitFor()
    await tab.getByRole('button', { name: 'Test digit: a 7' }).waitFor()
    return tab
  }

  const button = () => page.getByRole('button', { name: 'Encrypt and ask' })
  const answered = () =>
    page.waitForFunction(() => /answer is/.test(document.querySelector('#spoken')?.textContent ?? ''))
  const stage = (name: string) => page.locator(`tr[data-stage="${name}"]`).textContent()

  /** Probabilities that the page shows beside those of the network in the plain. */
  async function expectAnswer(pixels: Uint8Array): Promise<void> {
    const image = Float64Array.from(pixels, (v) => v / 255)
    const values = Float32Array.from(answerPlainly(network, image).answers)
    const [plainly] = decode({ shape: [1, 10], values }, names)
    expect(await page.locator('.winner').getAttribute('data-answer')).toBe(plainly!.label)
    const shown = await page.locator('.answers td .unseen').allTextContents()
    expect(shown).toHaveLength(10)
    shown.forEach((text, i) => {
      // Numbers within 0.05 are shares within 0.0125.
      expect(Math.abs(Number.parseFloat(text) / 100 - plainly!.all[i]!.probability)).toBeLessThan(0.01)
    })
  }

  async function digits(): Promise<{ label: number; pixels: Uint8Array }[]> {
    const bytes = new Uint8Array(await (await fetch(`${running.url}/encrypted/digits`)).arrayBuffer())
    return Array.from({ length: bytes.length / 785 }, (_, i) => ({
      label: bytes[785 * i]!,
      pixels: bytes.slice(785 * i + 1, 785 * (i + 1)),
    }))
  }

  it('answers a test digit as the network in the plain does, and tells what that took', async () => {
    await button().click()
    await answered()
    await expectAnswer((await digits())[7]!.pixels)
    expect(await stage('making keys')).toMatch(/none leave.* m?s$/)
    expect(await stage('sending keys')).toMatch(/\d MB up/)
    expect(await stage('waiting')).toMatch(/\d kB up.* m?s$/)
    expect(await stage('decrypting')).toMatch(/\d kB down/)
    expect(await page.getByRole('img', { name: 'Some bytes of the ciphertext: noise' }).count()).toBe(1)
  })

  it('answers a digit that is drawn, without sending keys again', async () => {
    const box = (await page.getByRole('application', { name: 'Drawing pad for a digit' }).boundingBox())!
    await page.getByRole('button', { name: 'Clear' }).click()
    await page.mouse.move(box.x + 0.5 * box.width, box.y + 0.2 * box.height)
    await page.mouse.down()
    await page.mouse.move(box.x + 0.5 * box.width, box.y + 0.8 * box.height, { steps: 8 })
    await page.mouse.up()
    // What was answered before was about another digit.
    expect(await page.locator('.winner').getAttribute('data-answer')).toBe('')
    await button().click()
    await page.waitForFunction(() => document.querySelector('.winner')?.getAttribute('data-answer') !== '')
    expect(await page.locator('.winner').getAttribute('data-answer')).toMatch(/^\d$/)
    const metrics = await (await fetch(`${running.url}/metrics`)).text()
    expect(metrics).toContain('frostglass_encrypted_keys 1')
    expect(metrics).toContain('frostglass_requests_total{model="encrypted digits",status="200"} 2')
  })

  it('sends nothing else but ciphertexts, to nobody but its server', async () => {
    expect(foreign).toEqual([])
    for (const body of left.filter(({ length }) => length > 0)) {
      expect(body.subarray(0, 4).toString()).toBe('FGHP')
      // Noise: every byte about as often as any other.
      const counts = new Array<number>(256).fill(0)
      for (const byte of body) counts[byte]!++
      expect(Math.max(...counts) / body.length).toBeLessThan(0.02)
    }
  })

  it('says so when the service is gone, and asks again when it is there', async () => {
    await page.route('**/infer', (route) => route.abort())
    await page.context().setOffline(true)
    await button().click()
    const words = page.getByRole('alert')
    await words.waitFor()
    expect(await words.textContent()).toMatch(
      /^The service does not answer: it has stopped, or the network is cut\.$/,
    )
    await page.context().setOffline(false)
    await page.unroute('**/infer')
    await button().click()
    await words.waitFor({ state: 'detached' })
    await answered()
    // The browser itself tells the console of a connection that fails.
    expect(faults.splice(0).filter((fault) => !/net::ERR_/.test(fault))).toEqual([])
  })

  it('tells what a model takes that is not drawn here, and how to ask it', async () => {
    await page.getByLabel('Model').selectOption('small')
    await page.getByText('This model takes images of 1 × 6 × 6').waitFor()
    expect(await page.getByRole('button', { name: 'Encrypt and ask' }).count()).toBe(0)
    expect(await page.locator('.protocol').textContent()).toContain('POST /v2/encrypted/models/small/infer')
    await page.close()
  })

  it('is readable in light and dark, on a phone, with names for everything', async () => {
    for (const options of [
      {},
      { colorScheme: 'dark' as const },
      { viewport: { width: 360, height: 740 }, hasTouch: true, isMobile: true },
    ]) {
      const tab = await open(options)
      expect(await faint(tab)).toEqual([])
      expect(await tab.evaluate(() => document.documentElement.scrollWidth - innerWidth)).toBe(0)
      const nameless = await tab.evaluate(() =>
        Array.from(
          document.querySelectorAll('button, input, select, a, [tabindex="0"], canvas:not([aria-hidden])'),
        )
          .filter((element) => {
            const own = element.getAttribute('aria-label') || element.textContent?.trim()
            const labels = 'labels' in element ? Array.from((element as HTMLInputElement).labels ?? []) : []
            return !own && !labels.some((label) => label.textContent?.trim())
          })
          .map((element) => element.outerHTML.slice(0, 80)),
      )
      expect(nameless).toEqual([])
      await tab.close()
    }
    expect(faults).toEqual([])
  })

  it('has a policy that forbids what is not its server’s, and its WebAssembly from the server', async () => {
    const response = await fetch(`${running.url}/`)
    expect(response.headers.get('content-security-policy')).toContain("script-src 'self' 'wasm-unsafe-eval'")
    expect(await response.text()).not.toMatch(/<script(?![^>]* src=)/)
    const wasm = await fetch(`${running.url}/runtime/seal_throws.wasm`)
    expect([wasm.status, wasm.headers.get('content-type')]).toEqual([200, 'application/wasm'])
  })
})
