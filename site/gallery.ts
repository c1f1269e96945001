// The gallery as the server tells it: the index, asked again while training goes on, and the test digits.
// Source: src/demo/galleryIndex.ts.
// A server that went away is asked again, more and more slowly; the page says that it waits.

import { useEffect, useState } from 'preact/hooks'
import type { GalleryIndex, GalleryPane } from '../src/demo/galleryIndex.ts'
import { bearer, useToken } from './Gate.tsx'
import { side } from './strokes.ts'

/** A test digit: nothing was trained or chosen on it. */
export interface TestDigit {
  readonly label: number
  readonly pixels: Uint8Array
}

/** The index, kept up to date; `lost` while the server does not answer. */
export function useGallery(): { index: GalleryIndex | undefined; lost: boolean } {
  const [index, setIndex] = useState<GalleryIndex>()
  const [lost, setLost] = useState(false)
  const token = useToken()
  useEffect(() => {
    let timer = 0
    let ended = false
    let failures = 0
    const ask = async () => {
      let wait = 700
      try {
        const response = await fetch('/gallery/index.json', { cache: 'no-store', headers: bearer(token) })
        if (!response.ok) throw new Error(`${response.status}`)
        const next = (await response.json()) as GalleryIndex
        if (ended) return
        failures = 0
        setIndex(next)
        setLost(false)
        if (next.progress.state !== 'training') return
      } catch {
        if (ended) return
        failures++
        wait = Math.min(10_000, 700 * 2 ** failures)
        setLost(true)
      }
      timer = window.setTimeout(ask, wait)
    }
    void ask()
    return () => {
      ended = true
      clearTimeout(timer)
    }
  }, [])
  return { index, lost }
}

/** A pane of this size, trained or the first; and the index as it is about that pane: what it was measured with. */
export function paneOf(
  index: GalleryIndex | undefined,
  bottleneck: number,
): { readonly pane: GalleryPane | undefined; readonly seen: GalleryIndex | undefined } {
  const pane = index?.panes.find((p) => p.bottleneck === bottleneck)
  if (pane || index?.first?.pane.bottleneck !== bottleneck) return { pane, seen: index }
  const { classifier, answerAlone, data } = index.first
  return {
    pane: index.first.pane,
    seen: { ...index, classifier, answerAlone, data: { ...index.data, ...data } },
  }
}

/** The size that a page begins with: one that is there. */
export const beginsWith = (index: GalleryIndex | undefined): number =>
  index?.panes.some(({ bottleneck }) => bottleneck === 64) ? 64 : (index?.first?.pane.bottleneck ?? 64)

/** The test digits of a file, once there is one. */
export function useDigits(file: string | undefined): readonly TestDigit[] {
  const [digits, setDigits] = useState<readonly TestDigit[]>([])
  const token = useToken()
  useEffect(() => {
    if (!file) return
    const stop = new AbortController()
    fetch(file, { signal: stop.signal, headers: bearer(token) })
      .then((response) => (response.ok ? response.arrayBuffer() : Promise.reject(response.status)))
      .then((buffer) => setDigits(recordsOf(new Uint8Array(buffer))))
      .catch(() => undefined)
    return () => stop.abort()
  }, [file])
  return digits
}

function recordsOf(bytes: Uint8Array): TestDigit[] {
  const size = 1 + side * side
  return Array.from({ length: Math.floor(bytes.length / size) }, (_, i) => ({
    label: bytes[i * size] ?? 0,
    pixels: bytes.slice(i * size + 1, (i + 1) * size),
  }))
}
