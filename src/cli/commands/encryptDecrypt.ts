// frostglass encrypt decrypt: answers in the plain; and how they are written, for whom, and what is said of them.

import { Command } from 'commander'
import { classColumnNames } from '../../data/columnNames.ts'
import { createTableWriter, type ImageSet } from '../../data/index.ts'
import { writtenEndings, writtenKind } from '../../data/writer.ts'
import type { EncryptedAnswers, KeyHolder } from '../../encrypt/index.ts'
import { FrostglassError } from '../../errors.ts'
import { largest } from '../../learn/metrics.ts'
import { type JsonOption, type KeyFileOptions, withJson, withKey } from '../options.ts'
import { counted, percent, print } from '../output.ts'
import { requireDistinct, requireFree } from '../outputPath.ts'
import { noReferences, openHolder, type Split, withSplit } from './encryptImages.ts'
import { readInput, rightWithin, rightWithinText } from './encryptOptions.ts'
import { scoreOf } from './encryptScore.ts'
import { imagesOf } from './obfuscateOptions.ts'

export interface ShowOption {
  readonly toShow?: boolean | undefined
}

export const withToShow = (command: Command): Command =>
  command.option(
    '--to-show',
    'write answers for others than you and the service: thousands at once, with references',
  )

/** @throws FrostglassError `usage` where nothing may be shown; before an answer is spent */
export function requireShowable({ showable, packing }: KeyHolder, { toShow }: ShowOption): void {
  if (!toShow || showable) return
  const why =
    packing === 'latency' ? ': no noise hides what a service may put into answers to single images' : ''
  throw new FrostglassError(
    'usage',
    `answers to this key are for its owner alone${why}`,
    'frostglass encrypt keygen --packing throughput --references <images>',
  )
}

interface DecryptOptions extends KeyFileOptions, JsonOption, ShowOption {
  readonly question?: string | undefined
  readonly out: string
  readonly data?: string | undefined
  readonly split: Split
  readonly force?: boolean | undefined
}

/** The command `frostglass encrypt decrypt`. */
export function decryptCommand(signal: AbortSignal): Command {
  const command = new Command('decrypt')
    .description(
      'decrypt an answer, for yourself and never for the service: a row an image, its class and the probability of each (with --data of a folder, its file)',
    )
    .argument('<answer>', 'what frostglass encrypt infer wrote')
    .requiredOption('--out <file>', writtenEndings)
    .option('--question <file>', 'what this must be the answer to; without it, any question of this key')
    .option('--data <images>', 'the same images with their labels, to count what is right')
    .option('--force', 'replace what exists')
  withJson(withKey(withSplit(withToShow(command)))).addHelpText(
    'after',
    `
Examples:
  $ frostglass encrypt decrypt answer.bin --question question.bin --key owner.key --out answers.csv
  $ frostglass encrypt decrypt answer.bin --key owner.key --data digits --out answers.csv

An answer is counted in the key's file, and checked whole; one that fails ends the key. The same
answer can be read again: with --question a service cannot give it for another question.
What is written is for you alone: a service that is shown it, or told whether its answer could be
read, may learn the key from it. --to-show writes what others than the service may see.`,
  )
  return command.action(async (answer: string, options: DecryptOptions) => {
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
  })
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
  const codes = Int32Array.from(answers, (own) => largest(own, 0, width))
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
      ...names.map((_, o) => Float64Array.from(shares, (own) => own[o]!)),
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
function probabilities(logits: Float64Array): number[] {
  const most = Math.max(...logits)
  const powers = Array.from(logits, (v) => Math.exp(v - most))
  const total = powers.reduce((a, b) => a + b, 0)
  return powers.map((power) => Math.round((100 * power) / total) / 100)
}
