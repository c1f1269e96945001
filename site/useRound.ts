// The newest round of a digit before a pane, as the page shows it while answers come.
// Source: rounds.ts asks; this keeps what was known until something newer is, so that nothing flickers.

import { useEffect, useRef, useState } from 'preact/hooks'
import type { GalleryIndex, GalleryPane } from '../src/demo/galleryIndex.ts'
import { createRounds, type Round } from './rounds.ts'

/** Asks whenever digit or pane change; undefined without a digit. */
export function useRound(
  pixels: Uint8Array | undefined,
  pane: GalleryPane | undefined,
  index: GalleryIndex | undefined,
): Round | undefined {
  const [round, setRound] = useState<Round>()
  const rounds = useRef<ReturnType<typeof createRounds> | undefined>(undefined)
  // The index is fetched anew each moment while training: what it says of the service changes once.
  const known = index?.classifier?.model
  useEffect(() => {
    if (!pixels) setRound(undefined)
    if (!pixels || !index || !known) return
    rounds.current ??= createRounds((next) =>
      // What is not known yet of the newest digit is shown of the one before: no flicker while one draws.
      setRound((before) => ({
        ...(before?.pane === next.pane || next.pane ? before : {}),
        ...next,
        ...failureOf(next),
      })),
    )
    rounds.current.ask(pixels, pane, index)
  }, [pixels, pane?.name, known])
  // The others are fetched when all is quiet, so that the slider does not wait.
  const settled = round?.picture !== undefined && index?.progress.state === 'ready'
  useEffect(() => {
    if (!settled || !index) return
    let ended = false
    const fetchAll = async () => {
      for (const other of index.panes)
        if (!ended) await rounds.current?.fetchPane(other).catch(() => undefined)
    }
    void fetchAll()
    return () => {
      ended = true
    }
  }, [settled])
  return round
}

const failureOf = (round: Round): { failure?: string | undefined } => (round.failure ? {} : { failure: '' })
