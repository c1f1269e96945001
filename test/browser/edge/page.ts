// The page of the edge's browser test: hands the edge to whoever drives the page.
// Source: src/edge, as an application would import it.

import { ask, connect, openEdgePane } from '../../../src/edge/index.ts'

/** What the test calls through the page. */
export interface EdgePage {
  /** Loads a pane and protects one image. */
  protect(pane: readonly number[], image: readonly number[]): Promise<number[]>
  /** The whole turn; the pane comes over HTTP. */
  ask(pane: string, service: string, image: readonly number[]): Promise<number[]>
  /** Milliseconds that one image takes, after some to warm up. */
  time(pane: readonly number[], count: number): Promise<number[]>
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
  refusal: (service) =>
    connect(service, 'digits', { retries: 0 }).then(
      () => 'none',
      (error: Error) => error.message,
    ),
}
