// The report of encrypted inference: accuracy beside the plain, agreement, time, bytes, and what the time goes into.
// Source: Gilad-Bachrach et al. 2016; issue "Computing on ciphertexts", section 4.
// Seconds are of a run whose tasks share the machine's cores; `npm run bench -- --only encrypt` measures alone.

import { timesByShare } from '../../src/encrypt/seal/times.ts'
import { average, sum } from '../estimates.ts'
import type { Whole as Report, Settings } from '../experiment.ts'
import { mergedShares, percent, type Share } from '../shares.ts'
import { markdownTable, plainTable } from '../textTables.ts'
import type { CryptoNetsAnswer, CryptoNetsTask } from './cryptonets.ts'
import { shareFigure } from './shareFigure.ts'

export function cryptoNetsReport(
  tasks: readonly CryptoNetsTask[],
  answers: readonly CryptoNetsAnswer[],
  { quick }: Settings,
): Report {
  const of = (kind: CryptoNetsTask['kind']) => answers.filter((_, i) => tasks[i]!.kind === kind)
  const [plain] = of('plain') as [CryptoNetsAnswer]
  const [batches, singles] = [of('batch'), of('single')]
  const together = (own: readonly CryptoNetsAnswer[], pick: (answer: CryptoNetsAnswer) => Share) =>
    mergedShares(own.map(pick))
  const rowOf = (name: string, own: readonly CryptoNetsAnswer[]) => ({
    name,
    images: sum(own.map((answer) => answer.images)),
    plain: together(own, (answer) => answer.plain),
    encrypted: together(own, (answer) => answer.encrypted!),
    same: together(own, (answer) => answer.same!),
  })
  const rows = [rowOf('thousands at once (BFV)', batches), rowOf('one at a time (CKKS)', singles)]
  const head = ['encrypted', 'images', 'plain, the same images', 'encrypted', 'answered as in the plain']
  const table = rows.map((row) => [
    row.name,
    row.images.toLocaleString('en'),
    percent(row.plain),
    percent(row.encrypted),
    percent(row.same),
  ])
  const median = (values: readonly number[]) =>
    values.toSorted((a, b) => a - b)[Math.floor(values.length / 2)]!
  const modulusSeconds = batches.flatMap((batch) => batch.seconds!)
  const imageSeconds = median(singles.flatMap((single) => single.seconds!))
  const kilobytes = (bytes: number) => `${(bytes / 1000).toFixed(0)} kB`
  const costs = {
    secondsPerModulus: median(modulusSeconds),
    secondsPerImage: imageSeconds,
    batchBytesUp: batches[0]!.bytesUp!,
    batchBytesDown: batches[0]!.bytesDown!,
    batchKeyBytes: batches[0]!.keyBytes!,
    batchEncryptSeconds: batches[0]!.encryptSeconds!,
    imageBytesUp: singles[0]!.bytesUp!,
    imageBytesDown: singles[0]!.bytesDown!,
    imageKeyBytes: singles[0]!.keyBytes!,
    imageEncryptSeconds: average(singles, (single) => single.encryptSeconds!),
    exact: together(batches, (batch) => batch.exact!),
    largestError: Math.max(...singles.map((single) => single.largestError!)),
  }
  const timeHead = ['operation', 'calls', 'ms each', 'share']
  const timeTable = (answer: CryptoNetsAnswer) =>
    markdownTable(
      timeHead,
      timesByShare(answer.times!).map((row) => [
        row.name,
        row.calls.toLocaleString('en'),
        (row.milliseconds / row.calls).toFixed(3),
        `${(100 * row.share).toFixed(1)}%`,
      ]),
    )
  const cost = [
    `A batch of up to 8,192 images: ${costs.secondsPerModulus.toFixed(0)} s a modulus on one core (median of ${batches[0]!.seconds!.length} moduli, which can run side by side), ${(costs.batchBytesUp / 1e6).toFixed(0)} MB up, ${(costs.batchBytesDown / 1e6).toFixed(1)} MB down, ${costs.batchEncryptSeconds.toFixed(0)} s to encrypt, keys of ${(costs.batchKeyBytes / 1e6).toFixed(0)} MB once.`,
    `One image: ${costs.secondsPerImage.toFixed(2)} s (median), ${kilobytes(costs.imageBytesUp)} up, ${kilobytes(costs.imageBytesDown)} down, ${costs.imageEncryptSeconds.toFixed(3)} s to encrypt; keys of ${(costs.imageKeyBytes / 1e6).toFixed(0)} MB once.`,
  ]
  return {
    data: {
      plain: plain.plain,
      rows,
      costs,
      batch: { plan: batches[0]!.plan, operations: timesByShare(batches[0]!.times!) },
      single: { plan: singles[0]!.plan, operations: timesByShare(singles[0]!.times!) },
    },
    figures: {
      cryptonets: shareFigure({
        'a batch (BFV)': batches[0]!.times!,
        'one image (CKKS)': singles[0]!.times!,
      }),
    },
    page: [
      '# Encrypted digits, answered',
      '',
      'CryptoNets (Gilad-Bachrach and others, 2016): a convolution of five 5×5 maps at stride 2, squares, 845 → 100, squares,',
      '100 → 10. Trained here on shifted digits with dropout; the service sees ciphertexts alone. 128 bits of security.',
      ...(quick ? ['', '**A quick run: a part of MNIST.**'] : []),
      '',
      `In the plain the network is right on ${percent(plain.plain)} of ${plain.images.toLocaleString('en')} test images (published: 98.95%).`,
      '',
      markdownTable(head, table),
      '',
      `Of a batch, whole numbers stand for weights and pixels: the same network in the plain gives the very same numbers for`,
      `${percent(costs.exact)} of ${costs.exact.of.toLocaleString('en')} images; _as in the plain_ compares with the network of real numbers, before any rounding. One at a time,`,
      `answers were off by at most ${costs.largestError.toPrecision(2)}.`,
      '',
      '## What it costs',
      '',
      ...cost.flatMap((line) => [line, '']),
      '![Shares of time](cryptonets.svg)',
      '',
      'A batch, one modulus:',
      '',
      '```',
      batches[0]!.plan!,
      '```',
      '',
      timeTable(batches[0]!),
      '',
      'One image (all of a task’s, encoding of the weights included):',
      '',
      '```',
      singles[0]!.plan!,
      '```',
      '',
      timeTable(singles[0]!),
    ].join('\n'),
    summary: [
      `In the plain: ${percent(plain.plain)} of ${plain.images.toLocaleString('en')} test images.`,
      plainTable(head, table),
      ...cost,
    ].join('\n'),
  }
}
