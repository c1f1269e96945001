// The newest round of a digit before a pane, as the page shows it while answers come.
// Source: rounds.ts asks; what is not known yet of the newest is shown of the one before, greyed, so that nothing flickers.
// A round that failed keeps nothing of another digit: an answer belongs to the digit that is shown, or is not there.

import { useEffect, useRef, useState } from 'preact/hooks'
import type { GalleryIndex, GalleryPane } from '../src/demo/galleryIndex.ts'
import { useToken } from './Gate.tsx'
import { createRounds, type Round } from './rounds.ts'

/** A round, and what is shown until its own is there. */
export interface ShownRound extends Round {
  /** What came before, of another digit or another pane; undefined once nothing of it is to be seen. */
  readonly before?: Round | undefined
}

/** Asks whenever digit or pane change; undefined without a digit. */
export function useRound(
  pixels: Uint8Array | undefined,
  pane: GalleryPane | undefined,
  index: GalleryIndex | undefined,
): { readonly round: ShownRound | undefined; again(): void } {
  const [newest, setNewest] = useState<ShownRound>()
  const token = useToken()
  const rounds = useRef<ReturnType<typeof createRounds> | undefined>(undefined)
  // The index is fetched anew each moment while training: what it says of the service changes once.
  const known = index?.classifier?.model
  const ask = () => {
    if (!pixels || !index || !known) return
    rounds.current ??= createRounds(
      (next) => setNewest((last) => ({ ...next, before: next.failure ? undefined : beforeOf(next, last) })),
      token,
    )
    rounds.current.ask(pixels, pane, index)
  }
  useEffect(() => {
    if (!pixels) setNewest(undefined)
    ask()
  }, [pixels, pane?.name, known])
  // The others are fetched when all is quiet, so that the slider does not wait.
  const settled = newest?.picture !== undefined && index?.progress.state === 'ready'
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
  const round = pixels && newest ? about(newest, pixels, pane, known) : undefined
  // Before a pane that is still to be trained nothing of another is of use.
  return { round: round && !pane ? { ...round, before: undefined } : round, again: ask }
}

/** What stays to be seen behind a round: the last that had everything. */
const beforeOf = (next: Round, last: ShownRound | undefined): Round | undefined =>
  next.done || !last ? undefined : last.done && !last.failure ? last : last.before

/** The round as one of this digit before this pane: of another one, it is what came before. */
function about(
  newest: ShownRound,
  pixels: Uint8Array,
  pane: GalleryPane | undefined,
  model: string | undefined,
): ShownRound {
  const isSame = newest.pixels === pixels && newest.model === model
  if (isSame && newest.pane === pane?.name) return newest
  const whole = newest.done && !newest.failure ? newest : newest.before
  // The raw answer is about the digit alone.
  const { raw } = isSame ? newest : { raw: undefined }
  return { pixels, pane: pane?.name, raw, done: false, before: whole }
}
