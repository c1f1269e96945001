// frostglass encrypt decrypt: answers in the plain; and how they are written, for whom, and what is said of them.

import { classColumnNames, createTableWriter, type ImageSet } from '../../data/index.ts'
import { writtenKind } from '../../data/writer.ts'
import type { EncryptedAnswers, KeyHolder } from '../../encrypt/index.ts'
import { FrostglassError } from '../../errors.ts'
import { largest } from '../../learn/metrics.ts'
import { percent } from '../../statistics/figures.ts'
import { softmax } from '../../statistics/softmax.ts'
import type { JsonOption, KeyFileOptions } from '../options.ts'
import { counted, print } from '../output.ts'
import { requireDistinct, requireFree } from '../outputPath.ts'
import { noReferences, openHolder, type Split } from './encryptImages.ts'
import { readInput, rightWithin, rightWithinText } from './encryptOptions.ts'
import { scoreOf } from './encryptScore.ts'
import { imagesOf } from './obfuscateOptions.ts'

export interface ShowOption {
  readonly toShow?: boolean | undefined
}

/** @throws FrostglassError `usage` where nothing may be shown; before an answer is spent */
export function requireShowable({ showable, packing }: KeyHolder, { toShow }: ShowOption): void {
  if (!toShow || showable) return
  const why =
    packing === 'latency' ? ': no noise hides what a service may put into answers to single images' : ''
  throw new FrostglassError(
    'usage',
    `answers to this key are for its owner alone${why}`,
    'Make a key for that: frostglass encrypt keys --packing throughput --references <images>.',
  )
}

export interface DecryptOptions extends KeyFileOptions, JsonOption, ShowOption {
  readonly question?: string | undefined
  readonly out: string
  readonly data?: string | undefined
  readonly split: Split
  readonly force?: boolean | undefined
}

/** What `frostglass encrypt decrypt` does. */
export async function decrypt(answer: string, options: DecryptOptions, signal: AbortSignal): Promise<void> {
  const { out, json, force } = options
  await requireDistinct(out, [answer, options.key, options.question])
  writtenKind(out)
  await requireFree(out, force)
  const bytes = await readInput(answer)
  const question = options.question === undefined ? undefined : await readInput(options.question)
  const holder = await openHolder(options)
  try {
    requireShowable(holder, options)
    const found = (await holder.read(bytes, question)).forOwner()
    const limit = found.exact.length
    const set = options.data ? await imagesOf({ limit }, options.data, options.split, signal) : undefined
    await finish(found, options, holder, set, out, json, [])
  } finally {
    holder.close()
  }
}

/** What is written and said of answers. */
export type Shown = Pick<EncryptedAnswers, 'exact' | 'answers' | 'references'>

/** Writes answers as a table, and says how many are right where labels are known. */
export async function finish(
  { exact, answers: shown, references }: Shown,
  { toShow = false, force = false }: ShowOption & { readonly force?: boolean | undefined },
  { card, packing }: Pick<KeyHolder, 'card' | 'packing'>,
  set: ImageSet | undefined,
  out: string,
  json: boolean | undefined,
  lines: readonly string[],
  more: object = {},
): Promise<void> {
  const answers = toShow ? shown! : exact
  const width = answers[0]!.length
  const names = card.classes ?? Array.from({ length: width }, (_, i) => String(i))
  const codes = Int32Array.from(answers, (scores) => largest(scores, 0, width))
  const shares = answers.map(probabilities)
  const files = set?.files ? [{ name: 'file', type: 'text' as const, categories: set.files }] : []
  const others = [...files, { name: 'label', type: 'text' as const, categories: names }]
  const classes = classColumnNames(
    names,
    others.map(({ name }) => name),
  )
  const columns = [...others, ...classes.map((name) => ({ name, type: 'double' as const }))]
  const writer = await createTableWriter(out, columns, { force })
  try {
    await writer.write([
      ...files.map(() => Int32Array.from(codes, (_, i) => i)),
      codes,
      ...names.map((_, o) => Float64Array.from(shares, (row) => row[o]!)),
    ])
    await writer.finish()
  } finally {
    await writer.abort()
  }
  const within = rightWithin(card, packing)
  const score = scoreOf(codes, names, set)
  const right = typeof score === 'number' ? score : null
  const labels = Array.from(codes, (c) => names[c]!)
  print(
    json,
    {
      out,
      images: codes.length,
      labels,
      right,
      rightWithin: within,
      for: toShow ? 'others' : 'owner',
      references,
      ...more,
    },
    () =>
      [
        `${counted(codes.length, 'image')}: ${labels.slice(0, 20).join(' ')}${labels.length > 20 ? ' …' : ''}`,
        ...(right === null
          ? []
          : [`right: ${right.toLocaleString('en')} (${percent(right / codes.length)})`]),
        ...(typeof score === 'string' ? [`not counted what is right: ${score}`] : []),
        references > 0
          ? `${counted(references, 'reference')} among them, answered as they must be`
          : noReferences,
        rightWithinText(within),
        ...lines,
        `wrote ${out}: ${toShow ? 'for others too, but not for the service' : 'for you alone'}`,
      ].join('\n'),
  )
}

/** Through softmax, to two digits. */
const probabilities = (logits: Float64Array): number[] =>
  Array.from(softmax(logits), (share) => Math.round(100 * share) / 100)
