// How far the gallery is: the share of the work that is done, by estimate, and the seconds that are left at this pace.
// Source: none; weights that a training passes stand for its work.
// It is an estimate: what else the machine does is not in it.

import type { FrostglassError } from '../errors.ts'
import type { GalleryProgress } from './galleryIndex.ts'

/** Work of a part, in some unit: weights that a training passes. @param bottleneck of a pane; undefined for the classifier */
export const workOf = (bottleneck: number | undefined): number =>
  bottleneck === undefined ? 1.4e6 : (14 * (2 * 1569 * bottleneck + 2e6)) / 10 + 1.6e6

export interface ProgressMeter {
  /** A float32 a task, 0 … 1: those who train write it. */
  readonly shares: SharedArrayBuffer
  /** Notes that a task is done. */
  done(task: number): void
  /** From now on it is trained: what is done already says nothing of the pace. */
  begin(): void
  /** How far it is now. */
  measure(): GalleryProgress
  ready(): void
  failed(error: unknown): void
}

/**
 * @param work of each task
 * @param doing what is being done, in words
 * @param clock milliseconds
 */
export function createProgressMeter(
  work: readonly number[],
  doing: () => string,
  clock: () => number = () => performance.now(),
): ProgressMeter {
  const shares = new SharedArrayBuffer(4 * work.length)
  const share = new Float32Array(shares)
  const whole = work.reduce((a, b) => a + b)
  let progress: GalleryProgress = { state: 'training', share: 0, doing: doing() }
  // When training began, and how much of the work the cache had done by then.
  let began: { readonly at: number; readonly share: number } | undefined

  function measure(): GalleryProgress {
    if (progress.state !== 'training') return progress
    const done = work.reduce((sum, w, i) => sum + w * share[i]!, 0) / whole
    const gained = began ? done - began.share : 0
    const seconds = began ? (clock() - began.at) / 1000 : 0
    progress = {
      state: 'training',
      share: done,
      doing: doing(),
      secondsLeft: gained > 0.02 ? ((1 - done) * seconds) / gained : undefined,
    }
    return progress
  }

  return {
    shares,
    done(task) {
      share[task] = 1
    },
    begin() {
      const { share: done } = measure()
      began = { at: clock(), share: done }
    },
    measure,
    ready() {
      progress = { state: 'ready', share: 1, doing: 'all is there' }
    },
    failed(error) {
      const { message, hint } = error as FrostglassError
      progress = { ...progress, state: 'failed', doing: hint ? `${message} (${hint})` : message }
    },
  }
}
