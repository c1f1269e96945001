// frostglass encrypt keys | show: keys of encrypted inference, and what its files say of themselves.

import { askReferences, type Reference } from '../../edge/encrypted.ts'
import {
  type CompiledNetwork,
  createKeyHolder,
  describeParcel,
  type EncryptedCard,
  type Packing,
  plansOf,
  writeHolderFile,
} from '../../encrypt/index.ts'
import { answerAsPacked } from '../../encrypt/inference/asPacked.ts'
import { drawImages, unitOf } from '../../encrypt/inference/references.ts'
import { FrostglassError } from '../../errors.ts'
import { referenceCount } from '../encryptCounts.ts'
import type { JsonOption } from '../options.ts'
import { print } from '../output.ts'
import { requireDistinct, requireFree } from '../outputPath.ts'
import { type PassphraseOptions, readPassphrase } from '../passphrase.ts'
import { progress } from '../progress.ts'
import { table } from '../textTable.ts'
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

export interface KeysOptions extends PassphraseOptions, JsonOption {
  readonly for: string
  readonly packing?: Packing | undefined
  readonly references?: string | boolean | undefined
  readonly out: string
  readonly public: string
  readonly unsealed?: boolean | undefined
  readonly force?: boolean | undefined
}

/** What `frostglass encrypt keys` does. */
export async function createKeys(options: KeysOptions, signal: AbortSignal): Promise<void> {
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
}

/** References, by the model's file or its service; none for a card alone. */
async function referencesOf(
  options: KeysOptions,
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
      'Give --for the model’s file, or a service.',
    )
  }
  return drawImages(card.shape.input, referenceCount, images).map((pixels) => ({
    pixels,
    answers: answerAsPacked(model, packing, unitOf({ pixels })),
  }))
}

/** What `frostglass encrypt show` does. */
export async function show(file: string, { json }: JsonOption, signal: AbortSignal): Promise<void> {
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
      'Name public keys, questions, answers, or models.',
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
}
