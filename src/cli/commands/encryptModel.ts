// frostglass encrypt model: a network that can be computed on ciphertexts, trained anew or made of somebody's.

import { writeFileAtomic } from '../../data/files.ts'
import { shiftedImages } from '../../data/images/shifted.ts'
import {
  compileNetwork,
  convertNetwork,
  type NamedNetwork,
  readPolynomialNetwork,
  trainPolynomial,
  writePolynomialNetwork,
} from '../../encrypt/index.ts'
import { answersThatDetermine } from '../../encrypt/inference/determine.ts'
import { measureNetwork, measureOnnx } from '../../encrypt/models/convert.ts'
import { FrostglassError } from '../../errors.ts'
import { readModelFile } from '../../graph/onnx/files.ts'
import { percent } from '../../statistics/figures.ts'
import type { JsonOption } from '../options.ts'
import { counted, print } from '../output.ts'
import { requireDistinct, requireFree, requireOnnx } from '../outputPath.ts'
import { plansText } from './encryptOptions.ts'
import { type ImageOptions, imagesOf, withBar } from './obfuscateOptions.ts'

export interface ModelOptions extends ImageOptions, JsonOption {
  readonly test?: string | undefined
  readonly shift: boolean
  readonly epochs: number
  readonly seed: number
  readonly out: string
  readonly force?: boolean | undefined
}

/** What `frostglass encrypt model` does. */
export async function model(
  given: string | undefined,
  options: ModelOptions,
  signal: AbortSignal,
): Promise<void> {
  const { out, data, json, epochs, seed, force = false } = options
  requireOnnx(out, 'encrypted.onnx')
  await requireDistinct(out, [given, data, options.test])
  await requireFree(out, force)
  const bytes = given === undefined ? undefined : await readModelFile(given)
  const train = await imagesOf(options, data, 'train', signal)
  const test = await imagesOf(options, options.test ?? data, 'test', signal)
  if (!test.labels)
    throw new FrostglassError('input', `${test.name} has no labels`, 'Give --test with labels.')
  const learnt = options.shift ? shiftedImages(train) : train
  const original = bytes ? await measureOnnx(bytes, given!, test, signal) : null
  const trained = await withBar('training', json, (onProgress) => {
    const how = { epochs, seed, signal, onProgress }
    return bytes
      ? convertNetwork(bytes, given!, learnt, how)
      : trainPolynomial(learnt, how).then((found) => ({ ...found, replaced: [] }))
  })
  const named: NamedNetwork = { network: trained.network, classes: train.labels?.names ?? null }
  const file = writePolynomialNetwork(named)
  // As it will be read: weights of the file have single precision.
  const { network } = await readPolynomialNetwork(file, out)
  const compiled = compileNetwork(network, named.classes)
  const { card, why } = compiled
  const accuracy = measureNetwork(network, test, signal)
  await writeFileAtomic(out, file, { mode: 0o644, force })
  const { bestEpoch, replaced } = trained
  const determined = answersThatDetermine(compiled)
  print(
    json,
    { out, accuracy, original, images: test.count, bestEpoch, replaced, card, why, determined },
    () =>
      [
        ...replaced.map((line) => `replaced ${line}`),
        ...(original === null
          ? []
          : [`before: ${percent(original)} of ${counted(test.count, 'image')} of ${test.name} right`]),
        `${original === null ? '' : 'now: '}${percent(accuracy)} of ${counted(test.count, 'image')} of ${test.name} right, in the plain (best epoch ${bestEpoch})`,
        plansText(card, why),
        `answers to ${counted(determined, 'image')} can tell all of its weights, fewer a share of them: frostglass serve stops a key before; a second key begins anew`,
        `wrote ${out}`,
      ].join('\n'),
  )
}
