// Progress bars with an estimate, on a terminal alone: a pipe stays quiet.
// Source: cli-progress.
// The estimate is of the same pace throughout.

import { SingleBar } from 'cli-progress'

export interface Progress {
  /** Work done so far out of a total, in any unit; a total of 0 is unknown. */
  update(done: number, total: number): void
  stop(): void
}

/** A progress bar with an estimate on a terminal; nothing in a pipe or with --json. */
export function progress(label: string, json: boolean | undefined): Progress {
  if (json || !process.stderr.isTTY) return { update: () => {}, stop: () => {} }
  const bar = new SingleBar({
    format: `${label} {bar} {percentage}% · {eta_formatted} left`,
    stream: process.stderr,
    clearOnComplete: true,
    hideCursor: true,
    barCompleteChar: '█',
    barIncompleteChar: '░',
  })
  let started = false
  return {
    update(done, total) {
      if (total <= 0) return
      if (!started) bar.start(total, done)
      else bar.update(done)
      started = true
    },
    stop() {
      if (started) bar.stop()
    },
  }
}
