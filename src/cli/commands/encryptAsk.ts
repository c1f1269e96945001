// frostglass encrypt encrypt | infer | decrypt | ask: images encrypted, answered, decrypted; by files, or in one go over HTTP.

import { availableParallelism } from 'node:os'
import { Command, Option } from 'commander'
import { createTableWriter, type ImageSet, writeFileAtomic, writtenKind } from '../../data/index.ts'
import { connectEncrypted, type EncryptedAsked, type EncryptedService } from '../../edge/encrypted.ts'
import {
  answerQuestion,
  type EncryptedAnswers,
  type KeyHolder,
  type OperationTimes,
  plansOf,
  readHolderFile,
  timesByShare,
} from '../../encrypt/index.ts'
import { FrostglassError, throwIfAborted } from '../../errors.ts'
import { largest } from '../../learn/index.ts'
import { type JsonOption, type KeyFileOptions, wholeNumber, withJson, withKey } from '../options.ts'
import { counted, percent, print, progress, table } from '../output.ts'
import { requireDistinct, requireFree } from '../outputPath.ts'
import { readPassphrase } from '../passphrase.ts'
import { bytesText, openModel, pixelsOf, readInput, rightWithin, rightWithinText } from './encryptOptions.ts'
import { scoreOf } from './encryptScore.ts'
import { type ImageOptions, imagesOf, withImages } from './obfuscateOptions.ts'

/** What a key without references is worth. */
const noReferences =
  'no references: a service that lies with care is not noticed (frostglass encrypt keygen --references)'

type Split = 'train' | 'test' | 'all'

interface ImagesOptions extends ImageOptions, KeyFileOptions, JsonOption {
  readonly split: Split
  readonly out: string
  readonly force?: boolean
}

/** Images of a question where nothing else is said: what is answered in seconds. */
const fewImages = 10

const withSplit = (command: Command): Command =>
  command.addOption(
    new Option('--split <part>', 'of the images').choices(['train', 'test', 'all']).default('test'),
  )

const openHolder = (options: KeyFileOptions): Promise<KeyHolder> =>
  readHolderFile(options.key, () => readPassphrase(options, false))

interface ShowOption {
  readonly toShow?: boolean
}

const withToShow = (command: Command): Command =>
  command.option(
    '--to-show',
    'write answers for others than you and the service: thousands at once, with references',
  )

/** @throws FrostglassError `usage` where nothing may be shown; before an answer is spent */
function requireShowable({ showable, references }: KeyHolder, { toShow }: ShowOption): void {
  if (!toShow || showable) return
  throw new FrostglassError('usage', 'answers to this key are for its owner alone', {
    hint:
      references === 0
        ? 'make a key with references: frostglass encrypt keygen --references <images>'
        : 'no noise hides what a service may put into answers to single images: make a key with --packing throughput',
  })
}

/** The images of a question: as many as were asked for, or as are sensible for the packing. */
async function imagesFor(
  { packing, most }: KeyHolder,
  options: ImagesOptions,
  signal: AbortSignal,
): Promise<ImageSet> {
  const limit = options.limit ?? (packing === 'latency' ? fewImages : most)
  if (limit > most)
    throw new FrostglassError('usage', `a question has at most ${most.toLocaleString('en')} images`, {
      hint: `--limit ${most}`,
    })
  return imagesOf({ ...options, limit }, options.data, options.split, signal)
}

/** The command `frostglass encrypt encrypt`. */
export function encryptImagesCommand(signal: AbortSignal): Command {
  const command = new Command('encrypt')
    .description('encrypt images as a question for the service')
    .requiredOption('--out <file>', 'the question')
    .option('--force', 'replace what exists')
  withJson(withKey(withSplit(withImages(command)))).addHelpText(
    'after',
    `
Examples:
  $ frostglass encrypt encrypt --key owner.key --data digits --limit 3 --out question.bin
  $ frostglass encrypt encrypt --key owner.key --data scans --size 28 --split all --out q.bin

By default ${fewImages} images where each is answered by itself, or as many as fit into the slots. Images
whose answers the key knows go along, one for every four, in an order that nobody else knows.`,
  )
  return command.action(async (options: ImagesOptions) => {
    const { out, data, json, force = false } = options
    await requireDistinct(out, [options.key, data])
    await requireFree(out, force)
    const holder = await openHolder(options)
    const bar = progress('encrypting', json)
    try {
      const set = await imagesFor(holder, options, signal)
      const images = pixelsOf(set, holder.card)
      const question = await holder.question(images)
      const known = holder.referencesAmong(images.length)
      const total = ciphertextsOf(holder, images.length + known)
      let bytes = 0
      function* pieces() {
        let done = 0
        for (const piece of question) {
          throwIfAborted(signal)
          bytes += piece.length
          // A head, and then two pieces a ciphertext.
          bar.update(Math.min(total, Math.floor(done++ / 2)), total)
          yield piece
        }
      }
      await writeFileAtomic(out, pieces(), { mode: 0o644, force })
      bar.stop()
      print(
        json,
        { out, images: set.count, references: known, ciphertexts: total, bytes, packing: holder.packing },
        () =>
          [
            `wrote ${out} (${bytesText(bytes)}): ${counted(set.count, 'image')} of ${set.name}${known > 0 ? ` and ${counted(known, 'reference')}` : ''} as ${counted(total, 'ciphertext')}`,
            ...(known > 0 ? [] : [noReferences]),
          ].join('\n'),
      )
    } finally {
      bar.stop()
      holder.close()
    }
  })
}

function ciphertextsOf({ card, packing }: KeyHolder, images: number): number {
  const { latency, throughput } = plansOf(card)
  return packing === 'latency'
    ? (latency!.ciphertexts + 1) * images
    : (throughput!.inputs + 1) * throughput!.moduli.length
}

interface InferOptions extends JsonOption {
  readonly model: string
  readonly keys: string
  readonly out: string
  readonly threads: number
  readonly force?: boolean
}

/** The command `frostglass encrypt infer`. */
export function answerCommand(signal: AbortSignal): Command {
  const command = new Command('infer')
    .description('answer an encrypted question: the service’s side, which has no secret')
    .argument('<question>', 'what frostglass encrypt encrypt wrote')
    .requiredOption('--model <file>', 'a network of sums, products and squares, .onnx')
    .requiredOption('--keys <file>', 'the asker’s public keys')
    .requiredOption('--out <file>', 'the answer, encrypted')
    .option('--threads <count>', 'of the machine’s cores', wholeNumber(1, 256), availableParallelism())
    .option('--force', 'replace what exists')
  withJson(command).addHelpText(
    'after',
    `
Example:
  $ frostglass encrypt infer question.bin --model digits.onnx --keys public.keys --out answer.bin`,
  )
  return command.action(async (question: string, options: InferOptions) => {
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
  })
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

interface DecryptOptions extends KeyFileOptions, JsonOption, ShowOption {
  readonly question?: string
  readonly out: string
  readonly data?: string
  readonly split: Split
  readonly force?: boolean
}

/** The command `frostglass encrypt decrypt`. */
export function decryptCommand(signal: AbortSignal): Command {
  const command = new Command('decrypt')
    .description(
      'decrypt an answer, for yourself and never for the service: a row an image, its class and the probability of each',
    )
    .argument('<answer>', 'what frostglass encrypt infer wrote')
    .requiredOption('--out <file>', '.csv, .tsv or .parquet')
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

interface AskOptions extends ImagesOptions, ShowOption {
  readonly keys?: string
}

/** The command `frostglass encrypt ask`. */
export function askCommand(signal: AbortSignal): Command {
  const command = new Command('ask')
    .description('encrypt images, ask a service over HTTP, decrypt its answers')
    .argument('<service>', 'the address of a model: http://host/v2/encrypted/models/NAME')
    .option('--keys <file>', 'the public keys of keygen; without them new ones are made and sent')
    .requiredOption('--out <file>', '.csv, .tsv or .parquet')
    .option('--force', 'replace what exists')
  withJson(withKey(withSplit(withImages(withToShow(command))))).addHelpText(
    'after',
    `
Example:
  $ frostglass encrypt ask http://127.0.0.1:8080/v2/encrypted/models/digits \\
      --key owner.key --keys public.keys --data digits --limit 3 --out answers.csv`,
  )
  return command.action(async (url: string, options: AskOptions) => {
    const { out, json, force } = options
    await requireDistinct(out, [options.key, options.keys, options.data])
    writtenKind(out)
    await requireFree(out, force)
    const keys = options.keys === undefined ? undefined : await readInput(options.keys)
    const holder = await openHolder(options)
    try {
      requireShowable(holder, options)
      const set = await imagesFor(holder, options, signal)
      const images = pixelsOf(set, holder.card)
      const service = await connectEncrypted(url, undefined, { holder, signal, ...(keys ? { keys } : {}) })
      const { found, bytes, milliseconds } = await askAll(service, images, signal, json)
      await finish(
        found,
        options,
        holder,
        set,
        out,
        json,
        [
          `${bytes.keys > 0 ? `keys ${bytesText(bytes.keys)} up, once; ` : ''}question ${bytesText(bytes.question)} up, answer ${bytesText(bytes.answer)} down`,
          `${seconds(milliseconds.encrypt)} to encrypt, ${seconds(milliseconds.service)} at the service, ${seconds(milliseconds.decrypt)} to decrypt`,
        ],
        { bytes, milliseconds },
      )
    } finally {
      holder.close()
    }
  })
}

/** Images of one question at a time: with three references, what services take unless they say otherwise. */
const imagesAtATime = 12

/** Asks in as many questions as the service takes, and adds up what they took. */
async function askAll(
  service: EncryptedService,
  images: readonly Float64Array[],
  signal: AbortSignal,
  json: boolean | undefined,
): Promise<Pick<EncryptedAsked, 'bytes' | 'milliseconds'> & { readonly found: Shown }> {
  const each = service.holder.packing === 'latency' ? imagesAtATime : images.length
  const bar = progress('asking', json)
  const all: EncryptedAsked[] = []
  try {
    for (let start = 0; start < images.length; start += each) {
      all.push(await service.ask(images.slice(start, start + each), { signal }))
      bar.update(start + each, images.length)
    }
  } finally {
    bar.stop()
  }
  const total = <T extends Readonly<Record<string, number>>>(parts: readonly T[]): T =>
    Object.fromEntries(
      Object.keys(parts[0]!).map((name) => [name, parts.reduce((sum, part) => sum + part[name]!, 0)]),
    ) as T
  const found = all.map(({ answers }) => answers.forOwner())
  return {
    found: {
      exact: found.flatMap(({ exact }) => exact),
      answers: found.every(({ answers }) => answers !== null)
        ? found.flatMap(({ answers }) => answers!)
        : null,
      references: found.reduce((sum, { references }) => sum + references, 0),
    },
    bytes: total(all.map(({ bytes }) => bytes)),
    milliseconds: total(all.map(({ milliseconds }) => milliseconds)),
  }
}

const seconds = (milliseconds: number) => `${(milliseconds / 1000).toFixed(2)} s`

/** What is written and said of answers. */
type Shown = Pick<EncryptedAnswers, 'exact' | 'answers' | 'references'>

/** Writes answers as a table, and says how many are right where labels are known. */
async function finish(
  { exact, answers: shown, references }: Shown,
  { toShow = false }: ShowOption,
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
  const writer = await createTableWriter(out, [
    { name: 'label', type: 'text', categories: names },
    ...names.map((name) => ({ name, type: 'double' as const })),
  ])
  try {
    await writer.write([codes, ...names.map((_, o) => Float64Array.from(shares, (own) => own[o]!))])
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
