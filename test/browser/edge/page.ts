// The page of the edge's browser test: hands the edge to whoever drives the page.
// Source: src/edge, as an application would import it.

import { openEdgeRelease } from '../../../src/edge/certified.ts'
import { ask, connect, openEdgePane } from '../../../src/edge/index.ts'

/** What the test calls through the page. */
export interface EdgePage {
  /** Loads a pane and protects one image. */
  protect(pane: readonly number[], image: readonly number[]): Promise<number[]>
  /** The whole turn; the pane comes over HTTP. */
  ask(pane: string, service: string, image: readonly number[]): Promise<number[]>
  /** Milliseconds that one image takes, after some to warm up. */
  time(pane: readonly number[], count: number): Promise<number[]>
  /** Loads a certified release over HTTP, and releases sessions of images: the outputs and what is sent of each. */
  release(
    folder: string,
    sessions: readonly (readonly number[])[],
    secret?: readonly number[],
  ): Promise<{ output: number; values: number[] }[]>
  /** Milliseconds that one code takes, after some to warm up. */
  timeRelease(files: Readonly<Record<string, readonly number[]>>, count: number): Promise<number[]>
  /** The text of the error that connecting ends in. */
  refusal(service: string): Promise<string>
}

declare global {
  interface Window {
    edge: EdgePage
  }
}

window.edge = {
  async protect(bytes, image) {
    const pane = await openEdgePane(Uint8Array.from(bytes))
    const sent = await pane.protect(Uint8Array.from(image))
    await pane.close()
    return Array.from(sent)
  },
  async ask(url, service, image) {
    const pane = await openEdgePane(url)
    const asked = await ask(pane, await connect(service, 'digits'), Uint8Array.from(image))
    await pane.close()
    return asked.decoded[0]!.all.map(({ probability }) => probability)
  },
  async time(bytes, count) {
    const pane = await openEdgePane(Uint8Array.from(bytes))
    const image = Uint8Array.from({ length: 784 }, (_, i) => i % 256)
    for (let i = 0; i < 20; i++) await pane.protect(image)
    const samples: number[] = []
    for (let i = 0; i < count; i++) {
      const start = performance.now()
      await pane.protect(image)
      samples.push(performance.now() - start)
    }
    await pane.close()
    return samples
  },
  async release(folder, sessions, secret) {
    const device = await openEdgeRelease(folder, secret ? { secret: Uint8Array.from(secret) } : {})
    const found: { output: number; values: number[] }[] = []
    for (const [i, windows] of sessions.entries()) {
      const { output, values } = await device.release(Uint8Array.from(windows), { session: `session ${i}` })
      found.push({ output, values: Array.from(values, Number) })
    }
    await device.close()
    return found
  },
  async timeRelease(files, count) {
    const bytes = Object.entries(files).map(([name, content]) => [name, Uint8Array.from(content)] as const)
    const device = await openEdgeRelease(Object.fromEntries(bytes))
    const image = Uint8Array.from({ length: 784 }, (_, i) => i % 256)
    for (let i = 0; i < 20; i++) await device.release(image)
    const samples: number[] = []
    for (let i = 0; i < count; i++) {
      const start = performance.now()
      await device.release(image)
      samples.push(performance.now() - start)
    }
    await device.close()
    return samples
  },
  refusal: (service) =>
    connect(service, 'digits', { retries: 0 }).then(
      () => 'none',
      (error: Error) => error.message,
    ),
}
