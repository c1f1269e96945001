// The page of the fleet's browser test: a node in a worker, driven by whoever drives the page.
// Source: test/browser/fleet/worker.ts.

import type { Joining, Told } from './worker.ts'

/** What the test calls through the page. */
export interface FleetPage {
  join(joining: Joining): void
  leave(): void
  /** The line by which a server's admin registers this browser's key. */
  keyLine(): Promise<string>
  /** What was told so far. */
  readonly news: string[]
  /** How it ended, once it has. */
  readonly ended: Promise<string>
}

declare global {
  interface Window {
    fleet: FleetPage
  }
}

const worker = new Worker(new URL('./worker.ts', import.meta.url), { type: 'module' })
const news: string[] = []
const ended = Promise.withResolvers<string>()
const line = Promise.withResolvers<string>()
worker.onmessage = ({ data }: MessageEvent<Told>) => {
  if ('news' in data) news.push(data.news)
  else if ('line' in data) line.resolve(data.line)
  else ended.resolve(data.end)
}
worker.onerror = ({ message }) => ended.resolve(`the worker: ${message}`)

window.fleet = {
  join: (joining) => worker.postMessage(joining),
  leave: () => worker.postMessage('leave'),
  keyLine() {
    worker.postMessage('line')
    return line.promise
  },
  news,
  ended: ended.promise,
}
