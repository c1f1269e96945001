// frostglass encrypt infer: the service's side, by files.

import { writeFileAtomic } from '../../data/files.ts'
import type { OperationTimes } from '../../encrypt/index.ts'
import { answerQuestion } from '../../encrypt/inference/answerThreads.ts'
import { timesByShare } from '../../encrypt/seal/times.ts'
import { percent } from '../../statistics/figures.ts'
import type { JsonOption } from '../options.ts'
import { counted, print } from '../output.ts'
import { requireDistinct, requireFree } from '../outputPath.ts'
import { progress } from '../progress.ts'
import { table } from '../textTable.ts'
import { bytesText, openModel, readInput } from './encryptOptions.ts'

export interface InferOptions extends JsonOption {
  readonly model: string
  readonly keys: string
  readonly out: string
  readonly threads: number
  readonly force?: boolean | undefined
}

/** What `frostglass encrypt infer` does. */
export async function infer(question: string, options: InferOptions, signal: AbortSignal): Promise<void> {
  const { out, json, threads, force = false } = options
  await requireDistinct(out, [question, options.model, options.keys])
  await requireFree(out, force)
  const model = await openModel(options.model)
  const [asked, keys] = await Promise.all([readInput(question), readInput(options.keys)])
  const bar = progress('answering', json)
  const start = performance.now()
  try {
    const { answer, milliseconds, times } = await answerQuestion(model, keys, asked, {
      workers: threads,
      signal,
      onProgress: bar.update,
    })
    const seconds = (performance.now() - start) / 1000
    await writeFileAtomic(out, answer, { mode: 0o644, force })
    bar.stop()
    print(
      json,
      { out, seconds, bytes: answer.length, rowMilliseconds: milliseconds, operations: times },
      () =>
        [
          operationsText(times),
          `answered in ${seconds.toFixed(1)} s on ${counted(Math.min(threads, milliseconds.length), 'thread')}, keys and weights made ready included`,
          `wrote ${out} (${bytesText(answer.length)})`,
        ].join('\n'),
    )
  } finally {
    bar.stop()
  }
}

const operationsText = (times: OperationTimes): string =>
  table(
    ['operation', 'calls', 'ms each', 'share'],
    timesByShare(times).map(({ name, calls, milliseconds, share }) => [
      name,
      calls.toLocaleString('en'),
      (milliseconds / calls).toFixed(2),
      percent(share),
    ]),
  )
