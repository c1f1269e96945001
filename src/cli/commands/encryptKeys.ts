// frostglass encrypt keygen | inspect: keys of encrypted inference, and what its files say of themselves.

import { Command, Option } from 'commander'
import { askReferences, type Reference } from '../../edge/encrypted.ts'
import {
  type CompiledNetwork,
  createKeyHolder,
  describeParcel,
  type EncryptedCard,
  type Packing,
  packings,
  plansOf,
  writeHolderFile,
} from '../../encrypt/index.ts'
import { answerAsPacked } from '../../encrypt/inference/asPacked.ts'
import { drawImages, unitOf } from '../../encrypt/inference/references.ts'
import { FrostglassError } from '../../errors.ts'
import { type JsonOption, withJson, withPassphrase } from '../options.ts'
import { print, progress, table } from '../output.ts'
import { requireDistinct, requireFree } from '../outputPath.ts'
import { type PassphraseOptions, readPassphrase } from '../passphrase.ts'
import {
  bytesText,
  cardFrom,
  isAddress,
  modelFrom,
  pixelsOf,
  plansText,
  readInput,
  rightWithin,
} from './encryptOptions.ts'
import { imagesOf } from './obfuscateOptions.ts'

interface KeygenOptions extends PassphraseOptions, JsonOption {
  readonly for: string
  readonly packing?: Packing | undefined
  readonly references?: string | boolean | undefined
  readonly out: string
  readonly public: string
  readonly unsealed?: boolean | undefined
  readonly force?: boolean | undefined
}

/** The command `frostglass encrypt keygen`. */
export function keygenCommand(signal: AbortSignal): Command {
  const command = new Command('keygen')
    .description('draw a secret key for a model, and the public keys with which its service computes')
    .requiredOption(
      '--for <model>',
      'the model’s ONNX file, its card (.json), or a service: http://host/v2/encrypted/models/NAME',
    )
    .addOption(
      new Option(
        '--packing <how>',
        'latency: one image at a time, soon; throughput: thousands at once (default: latency where it is offered)',
      ).choices(packings),
    )
    .requiredOption('--out <file>', 'the secret key, for its owner alone')
    .requiredOption('--public <file>', 'the public keys, for the service')
    .option(
      '--references <images>',
      'what secret images of known answers are made of, best like those that you will ask (default: drawings)',
    )
    .option('--no-references', 'know no answers: a service that lies with care is not noticed')
    .option('--unsealed', 'write the secret without a passphrase')
    .option('--force', 'replace what exists')
  withJson(withPassphrase(command)).addHelpText(
    'after',
    `
Examples:
  $ frostglass encrypt keygen --for digits.onnx --out owner.key --public public.keys
  $ frostglass encrypt keygen --for digits.onnx --references scans \\
      --out owner.key --public public.keys
  $ frostglass encrypt keygen --for http://127.0.0.1:8080/v2/encrypted/models/digits \\
      --packing throughput --out owner.key --public public.keys

Parameters are derived here, from the shape of the model alone, at 128 bits of security: no
service can ask for less.

References are ${referenceCount} images that nobody else knows, and the model's answers to them: computed
here where the model's file is given, asked for with keys that are thrown away where a service is.
They hide among the images of every question, so that a service that lies without care is found
out after a few.`,
  )
  return command.action(async (options: KeygenOptions) => {
    const { out, json, force = false } = options
    await requireDistinct(out, [options.for, options.public])
    await requireDistinct(options.public, [options.for])
    for (const file of [out, options.public]) await requireFree(file, force)
    const { card, model } = await modelFrom(options.for, signal)
    const packing = options.packing ?? (card.latency ? 'latency' : 'throughput')
    const seal = options.unsealed
      ? ({ unsealed: true } as const)
      : { passphrase: await readPassphrase(options, true) }
    const references = await referencesOf(options, card, packing, model, signal)
    const holder = await createKeyHolder(card, packing, { references })
    try {
      const keys = holder.keys()
      const publicKeys = { path: options.public, bytes: keys, mode: 0o644 }
      await writeHolderFile(out, holder, { ...seal, force, together: [publicKeys] })
      const { fingerprint, holds } = describeParcel(keys, options.public)
      print(
        json,
        {
          out,
          public: options.public,
          packing,
          fingerprint,
          bytes: keys.length,
          holds,
          references: references.length,
          rightWithin: rightWithin(card, packing),
        },
        () =>
          [
            `wrote ${out}: the secret${options.unsealed ? ', not sealed' : ', sealed with the passphrase'}; it stays here`,
            `wrote ${options.public} (${bytesText(keys.length)}): public keys for the service, ${fingerprint.slice(0, 16)}…`,
            references.length > 0
              ? `${references.length} references go along with your questions, by turns: secret images whose answers the key knows`
              : 'no references: a service that lies with care is not noticed; show its answers to nobody',
            plansText({ ...card, [packing === 'latency' ? 'throughput' : 'latency']: null }),
          ].join('\n'),
      )
    } finally {
      holder.close()
    }
  })
}

/** Images whose answers a key knows. */
const referenceCount = 8

/** References, by the model's file or its service; none for a card alone. */
async function referencesOf(
  options: KeygenOptions,
  card: EncryptedCard,
  packing: Packing,
  model: CompiledNetwork | undefined,
  signal: AbortSignal,
): Promise<readonly Reference[]> {
  const { references, json } = options
  if (references === false) return []
  const named = typeof references === 'string' ? references : undefined
  const images = named === undefined ? [] : pixelsOf(await imagesOf({}, named, 'all', signal), card)
  if (isAddress(options.for)) {
    const bar = progress('asking for references', json)
    try {
      return await askReferences(options.for, referenceCount, images, { packing, signal })
    } finally {
      bar.stop()
    }
  }
  if (!model) {
    if (named === undefined) return []
    throw new FrostglassError(
      'usage',
      'a card alone answers no references',
      'give --for the model’s file, or a service',
    )
  }
  return drawImages(card.shape.input, referenceCount, images).map((pixels) => ({
    pixels,
    answers: answerAsPacked(model, packing, unitOf({ pixels })),
  }))
}

/** The command `frostglass encrypt inspect`. */
export function inspectCommand(signal: AbortSignal): Command {
  const command = new Command('inspect')
    .description('what a file of encrypted inference says of itself; no key is needed')
    .argument('<file>', 'public keys, a question, an answer; a model (.onnx), a card, or a service’s address')
  withJson(command).addHelpText(
    'after',
    `
Examples:
  $ frostglass encrypt inspect public.keys
  $ frostglass encrypt inspect digits.onnx --json > card.json`,
  )
  return command.action(async (file: string, { json }: JsonOption) => {
    if (/\.(onnx|json)$/i.test(file) || /^https?:/.test(file)) {
      const card = await cardFrom(file, signal)
      plansOf(card)
      print(json, card, () =>
        [
          `takes images of ${card.shape.input.join('×')}, pixels of 0 to 1; gives ${card.classes ? card.classes.join(', ') : 'numbers without names'}`,
          ...card.shape.layers.map((layer) => {
            if (layer.kind === 'square') return '  square'
            if (layer.kind === 'dense') return `  dense, ${layer.outputs} outputs`
            return `  convolution, ${layer.filters} maps of ${layer.kernel.join('×')}, stride ${layer.stride.join('×')}, padding ${layer.padding.join('×')}`
          }),
          plansText(card),
        ].join('\n'),
      )
      return
    }
    const bytes = await readInput(file)
    if (new TextDecoder().decode(bytes.subarray(0, 14)) === '-----BEGIN AGE')
      throw new FrostglassError(
        'usage',
        `${file} is sealed: it says nothing without its passphrase`,
        'inspect public keys, questions, answers, or models',
      )
    const found = describeParcel(bytes, file)
    print(json, found, () =>
      table(
        ['of', file],
        [
          ['kind', found.kind],
          ['packing', found.packing],
          ...(found.images === null ? [] : [['images', found.images.toLocaleString('en')]]),
          ...Object.entries(found.holds).map(([kind, count]) => [kind, String(count)]),
          ['size', bytesText(found.bytes)],
          ['belongs to the key', found.keys.join(', ')],
          ['SHA-256', found.fingerprint],
        ],
      ),
    )
  })
}
