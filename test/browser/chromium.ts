// Starts the system's Chromium for a test, headless.
// Source: playwright-core; flags as in CONTRIBUTING. The browser is CHROMIUM_PATH, or Debian's.
// It downloads nothing: without a browser it says what to install.

import { accessSync, constants } from 'node:fs'
import { type Browser, chromium } from 'playwright-core'

const flags = [
  '--no-sandbox',
  '--disable-quic',
  '--no-first-run',
  '--disable-background-networking',
  '--disable-component-update',
  '--disable-sync',
]

// WebGPU on the processor: slow, and the same everywhere.
const softwareGpu = ['--enable-unsafe-webgpu', '--use-webgpu-adapter=swiftshader', '--enable-features=Vulkan']

// A page that is late on a busy machine is no failure: ten minutes end what hangs.
const patience = 600_000

/** Launches it, without WebGPU unless asked. @throws Error that says how to get one, when there is none. */
export async function launchChromium({ webgpu = false } = {}): Promise<Browser> {
  const path = process.env['CHROMIUM_PATH'] ?? '/usr/bin/chromium'
  try {
    accessSync(path, constants.X_OK)
  } catch {
    throw new Error(
      `no Chromium at ${path}: install it (apt-get install chromium), name another with CHROMIUM_PATH, ` +
        'or leave the browser tests out with FROSTGLASS_SKIP_BROWSER=1',
    )
  }
  const browser = await chromium.launch({
    executablePath: path,
    headless: true,
    timeout: patience,
    args: [...flags, ...(webgpu ? softwareGpu : ['--disable-gpu'])],
  })
  const newContext = browser.newContext.bind(browser)
  browser.newContext = async (options) => {
    const context = await newContext(options)
    context.setDefaultTimeout(patience)
    return context
  }
  return browser
}
