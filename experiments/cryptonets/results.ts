// What encrypted inference sums up to: accuracy beside the plain, agreement, time, bytes, and what the time goes into.
// Source: cryptonets.ts. Seconds are of a run whose tasks share the machine's cores.

import { timesByShare } from '../../src/encrypt/seal/times.ts'
import { median } from '../../src/statistics/median.ts'
import { sum } from '../../src/statistics/moments.ts'
import { average } from '../estimates.ts'
import { mergedShares, type Share } from '../shares.ts'
import type { CryptoNetsAnswer, CryptoNetsTask } from './cryptonets.ts'

export interface PackingRow {
  readonly name: string
  readonly images: number
  readonly plain: Share
  readonly encrypted: Share
  /** Answered as the network of real numbers does. */
  readonly same: Share
}

/** Where the time goes, the longest first. */
export type Operations = ReturnType<typeof timesByShare>

export interface CryptoNetsResults {
  readonly plain: Share
  readonly rows: readonly PackingRow[]
  /** Of the first batch and the first image of a task; seconds are medians. */
  readonly costs: {
    readonly secondsPerModulus: number
    readonly secondsPerImage: number
    readonly batchBytesUp: number
    readonly batchBytesDown: number
    readonly batchKeyBytes: number
    readonly batchEncryptSeconds: number
    readonly imageBytesUp: number
    readonly imageBytesDown: number
    readonly imageKeyBytes: number
    readonly imageEncryptSeconds: number
    readonly exact: Share
    readonly largestError: number
  }
  readonly batch: { readonly plan: string; readonly operations: Operations }
  readonly single: { readonly plan: string; readonly operations: Operations }
}

export function cryptoNetsResults(
  tasks: readonly CryptoNetsTask[],
  answers: readonly CryptoNetsAnswer[],
): CryptoNetsResults {
  const of = (kind: CryptoNetsTask['kind']) => answers.filter((_, i) => tasks[i]!.kind === kind)
  const [[plain], batches, singles] = [of('plain'), of('batch'), of('single')]
  const [batch, single] = [batches[0]!, singles[0]!]
  return {
    plain: plain!.plain,
    rows: [rowOf('thousands at once (BFV)', batches), rowOf('one at a time (CKKS)', singles)],
    costs: {
      secondsPerModulus: median(batches.flatMap((answer) => answer.seconds!)),
      secondsPerImage: median(singles.flatMap((answer) => answer.seconds!)),
      batchBytesUp: batch.bytesUp!,
      batchBytesDown: batch.bytesDown!,
      batchKeyBytes: batch.keyBytes!,
      batchEncryptSeconds: batch.encryptSeconds!,
      imageBytesUp: single.bytesUp!,
      imageBytesDown: single.bytesDown!,
      imageKeyBytes: single.keyBytes!,
      imageEncryptSeconds: average(singles, (answer) => answer.encryptSeconds!),
      exact: mergedShares(batches.map((answer) => answer.exact!)),
      largestError: Math.max(...singles.map((answer) => answer.largestError!)),
    },
    batch: { plan: batch.plan!, operations: timesByShare(batch.times!) },
    single: { plan: single.plan!, operations: timesByShare(single.times!) },
  }
}

const rowOf = (name: string, answersOfPacking: readonly CryptoNetsAnswer[]): PackingRow => ({
  name,
  images: sum(answersOfPacking.map((answer) => answer.images)),
  plain: mergedShares(answersOfPacking.map((answer) => answer.plain)),
  encrypted: mergedShares(answersOfPacking.map((answer) => answer.encrypted!)),
  same: mergedShares(answersOfPacking.map((answer) => answer.same!)),
})
