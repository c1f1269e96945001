// frostglass obfuscate release: what a device loads, from a code bundle, in the form that a service takes.

import { imageTensor } from '../../data/images/imageSet.ts'
import { FrostglassError } from '../../errors.ts'
import { createDictionary, type Dictionary } from '../../protect/certified/dictionary.ts'
import { type CodeBundle, openCodeBundle } from '../../protect/certified/openCodeBundle.ts'
import { type DictionaryKind, releaseNames } from '../../protect/certified/releaseContract.ts'
import { releaseFiles } from '../../protect/certified/releaseFiles.ts'
import type { ReleaseForm } from '../../protect/certified/releaseGraph.ts'
import { requireFreeReleaseFolder, writeRelease } from '../../protect/certified/writeRelease.ts'
import { mapClasses, readClassMapping } from '../../protect/learned/classes.ts'
import { sha256Of } from '../../protect/learned/classifier.ts'
import { percent } from '../../statistics/figures.ts'
import type { JsonOption } from '../options.ts'
import { counted, print } from '../output.ts'
import { requireDistinct } from '../outputPath.ts'
import { type ImageOptions, imagesOf, withBar } from './obfuscateOptions.ts'
import { openService, type ServiceOptions } from './obfuscateTrain.ts'

export interface ReleaseCommandOptions
  extends ServiceOptions,
    JsonOption,
    Partial<Pick<ImageOptions, 'data' | 'limit'>> {
  readonly bundle: string
  readonly form: 'code' | 'one-hot' | 'picture'
  readonly dictionary: DictionaryKind
  readonly public?: boolean | undefined
  readonly classes?: string | undefined
  readonly out: string
  readonly force?: boolean | undefined
}

/** What `frostglass obfuscate release` does. */
export async function release(options: ReleaseCommandOptions, signal: AbortSignal): Promise<void> {
  const { out, json, force = false, form } = options
  await requireDistinct(out, [options.bundle, options.classifier, options.data, options.classes])
  await requireFreeReleaseFolder(out, force)
  const bundle = await openCodeBundle(options.bundle)
  try {
    const made: ReleaseForm =
      form === 'picture'
        ? { kind: form, dictionary: await dictionaryOf(bundle, options, signal) }
        : { kind: form }
    const { pane, codebookSha256: codebook, channel, certificates } = bundle
    const files = releaseFiles({ pane, codebook, form: made, channel, certificates })
    await writeRelease(out, files, { force, signal })
    const sha256 = sha256Of(files[releaseNames.manifest]!)
    const dictionary = made.kind === 'picture' ? made.dictionary : undefined
    const releases = channel ? channel[0]!.length : pane.codes
    print(json, { out, form, releases, sha256, read: dictionary?.read ?? null }, () =>
      [
        `${counted(releases, 'different release')}, each ${form === 'picture' ? 'a picture' : `a ${form}`} of one shape`,
        ...(dictionary ? [readText(dictionary)] : []),
        `wrote ${out} (${Object.keys(files).join(', ')})`,
        `a device is held to it by the SHA-256 of ${releaseNames.manifest}: ${sha256}`,
      ].join('\n'),
    )
  } finally {
    await bundle.pane.close()
  }
}

const readText = ({ kind, data, classifier, read }: Dictionary): string => {
  const least = Math.min(...read.map(({ share }) => share))
  return `${kind} pictures of ${data}: ${classifier.name} reads each as its label, with a share of ${percent(least, 1)} or more`
}

async function dictionaryOf(
  { pane, codebook, channel }: CodeBundle,
  options: ReleaseCommandOptions,
  signal: AbortSignal,
): Promise<Dictionary> {
  const { data, json, dictionary: kind, classes } = options
  if (data === undefined || pane.card.input.length !== 3)
    throw new FrostglassError(
      'usage',
      data === undefined
        ? 'pictures of codes are made of pictures, and none are given'
        : 'this pane takes rows of a table, and pictures are asked for',
      data === undefined
        ? 'Name what the pane was trained on: --data digits.'
        : 'Take --form code or one-hot.',
    )
  const mapping = classes === undefined ? undefined : await readClassMapping(classes)
  const [channels, height, width] = pane.card.input as [1 | 3, number, number]
  const sized = { ...options, size: [height, width] as const }
  const classifier = await openService(sized, 'a dictionary is checked on')
  const set = await imagesOf(sized, data, 'train', signal, channels)
  const codeOf = await pane.release(imageTensor(set), { signal })
  return await withBar('dictionary', json, (onProgress) =>
    createDictionary(classifier, { set, codeOf }, codebook, {
      kind,
      channel,
      picturesArePublic: options.public,
      classMap: mapClasses({ names: codebook.labels }, classifier.outputs, mapping),
      signal,
      onProgress,
    }),
  )
}
