// Pages of a service with a token: each asks for it, keeps it in memory, and then works as without one.

import { execFile } from 'node:child_process'
import { promisify } from 'node:util'
import type { Browser, Page } from 'playwright-core'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { isPageFile, mountEncryptedPage, mountGallery, mountIndex } from '../../src/demo/page.ts'
import { compileNetwork } from '../../src/encrypt/index.ts'
import { startService } from '../../src/serve/v2/index.ts'
import { digitNetwork } from '../encryptedNetworks.ts'
import { identityModel } from '../servedModels.ts'
import { launchChromium } from './chromium.ts'
import { faint } from './contrast.ts'

const skip = process.env['FROSTGLASS_SKIP_BROWSER'] === '1'

describe.skipIf(skip)('a service with a token', () => {
  const token = 'a-token-of-this-test'
  const bytes = identityModel('float32')
  const models = [{ name: 'same', bytes }]
  let browser: Browser
  beforeAll(async () => {
    browser = await launchChromium()
  })
  afterAll(() => browser?.close())

  /** What a page asks for, with the token in the field; and no address that has it. */
  async function enter(page: Page, url: string): Promise<void> {
    const addresses: string[] = []
    page.on('request', (request) => addresses.push(request.url()))
    await page.goto(`${url}/`)
    const field = page.getByLabel('Token')
    await field.fill('another-token-of-it')
    await page.keyboard.press('Enter')
    await page.getByText('This is not the service’s token.').waitFor()
    await field.fill(token)
    await page.getByRole('button', { name: 'Open' }).click()
    await field.waitFor({ state: 'detached' })
    expect(addresses.length).toBeGreaterThan(2)
    expect(addresses.filter((address) => address.includes('token-of'))).toEqual([])
    expect(await page.evaluate(() => [localStorage.length, sessionStorage.length, document.cookie])).toEqual([
      0,
      0,
      '',
    ])
  }

  it('shows its models to whoever gives it, and what can be pasted then is answered', async () => {
    const running = await startService({
      port: 0,
      models,
      token,
      openTo: isPageFile,
      extra: (app, service) => mountIndex(app, service, { guarded: true }),
    })
    const page = await browser.newPage({ viewport: { width: 360, height: 740 } })
    try {
      expect(await (await fetch(`${running.url}/`)).text()).not.toContain('same')
      expect((await fetch(`${running.url}/served`)).status).toBe(401)
      await enter(page, running.url)
      expect(await page.locator('table').textContent()).toContain('x FP32')
      // A link sends no token: what asks for one is told as a path.
      const links = await page.locator('main a').evaluateAll((all) => all.map((a) => a.getAttribute('href')))
      expect(links).toEqual(['/v2/health/ready'])
      const command = await page.locator('pre').innerText()
      const env = { ...process.env, FROSTGLASS_TOKEN: token }
      const said = await promisify(execFile)('sh', ['-c', command], { env })
      expect(JSON.parse(said.stdout).outputs[0]).toMatchObject({ datatype: 'FP32' })
      expect(await page.evaluate(() => document.documentElement.scrollWidth - innerWidth)).toBe(0)
      expect(await faint(page)).toEqual([])
    } finally {
      await page.close()
      await running.close({ grace: 0 })
    }
  })

  it('is asked on ciphertexts by its page', async () => {
    const running = await startService({
      port: 0,
      token,
      openTo: isPageFile,
      encrypted: { models: [{ name: 'digits', model: compileNetwork(digitNetwork()) }] },
      extra: (app) => mountEncryptedPage(app, '/'),
    })
    const page = await browser.newPage()
    try {
      await enter(page, running.url)
      await page.getByRole('button', { name: 'Encrypt and ask' }).click()
      await page.getByText(/The answer is \d/).waitFor({ state: 'attached' })
    } finally {
      await page.close()
      await running.close({ grace: 0 })
    }
  })

  it('has its demo shown', async () => {
    const end = new AbortController()
    const running = await startService({
      port: 0,
      token,
      openTo: isPageFile,
      extra: (app, service) => {
        const { trained } = mountGallery(app, service, { signal: end.signal })
        trained.catch(() => undefined)
      },
    })
    const page = await browser.newPage()
    try {
      await enter(page, running.url)
      await page.waitForFunction(() => (document.querySelector('#spoken')?.textContent ?? '') !== '')
    } finally {
      end.abort()
      await page.close()
      await running.close({ grace: 0 })
    }
  })
})
