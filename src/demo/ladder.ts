// The ladder of codes behind `/codes`: begun when it is first asked for, kept for as long as the server runs.
// Source: codeLadder.ts; learn/workers.ts.
// A training that failed stays failed: the page says why.

import { answerOf, inWorkers, workerFile } from '../learn/workers.ts'
import type { Ladder } from './codeLadder.ts'
import { ladderPage, waitingPage } from './ladderPage.ts'

/** What the worker is told. */
export interface LadderTask {
  /** As `openImages` takes it. */
  readonly data: string
  readonly limit?: number | undefined
}

/** Answers the page as it stands; the first call begins. */
export function openLadder(task: LadderTask, signal: AbortSignal | undefined): () => string {
  const share = new SharedArrayBuffer(4)
  let page: string | undefined
  let begun = false
  const begin = async () => {
    const [reply] = await inWorkers<LadderTask, Ladder>(
      workerFile('ladderWorker', import.meta.url),
      share,
      [task],
      { workers: 1, signal },
    )
    page = ladderPage(answerOf(reply!))
  }
  return () => {
    if (!begun) {
      begun = true
      begin().catch((error: Error) => {
        page = waitingPage(0, `This page is not there: ${error.message}.`)
      })
    }
    return page ?? waitingPage(new Float32Array(share)[0]!)
  }
}
