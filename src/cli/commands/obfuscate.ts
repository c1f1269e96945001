// frostglass obfuscate: learned obfuscators before anybody's classifier of images. Its training commands have their own file.

import { Command, InvalidArgumentError, Option } from 'commander'
import type { ImageShape } from '../../data/index.ts'
import {
  kinds,
  type ObfuscatorKind,
  type ObfuscatorPane,
  openPane,
  readLayers,
  writeBundle,
} from '../../protect/index.ts'
import { requireFreeFolder } from '../../protect/learned/bundle.ts'
import { type Cost, countLayers } from '../../protect/learned/count.ts'
import { kindOf } from '../../protect/learned/kinds.ts'
import { obfuscatorLayers } from '../../protect/learned/trainObfuscator.ts'
import { type JsonOption, wholeNumber, wholeNumbers, withJson } from '../options.ts'
import { counted, percent, print, table } from '../output.ts'
import { type ImageOptions, imagesOf, withBar, withImages } from './obfuscateOptions.ts'
import { classifierCommand, trainPaneCommand } from './obfuscateTrain.ts'

/** The command tree of `frostglass obfuscate`. */
export function obfuscateCommand(signal: AbortSignal): Command {
  const command = new Command('obfuscate').description(
    'train a small public network that changes images so that a frozen classifier still knows them',
  )
  const parts = [classifierCommand, trainPaneCommand, protectImagesCommand, countCommand, showPaneCommand]
  for (const part of parts) command.addCommand(part(signal))
  return command
}

interface ProtectOptions extends ImageOptions, JsonOption {
  readonly pane: string[]
  readonly split: 'train' | 'test' | 'all'
  readonly out: string
  readonly force?: boolean | undefined
}

function protectImagesCommand(signal: AbortSignal): Command {
  const command = new Command('protect')
    .description('obfuscate images and write them as a bundle: a folder that may leave')
    .requiredOption(
      '--pane <files...>',
      'one pane, or several of which one is drawn at random for each image',
    )
    .requiredOption('--out <folder>', 'the bundle')
    .addOption(
      new Option('--split <part>', 'of the images').choices(['train', 'test', 'all']).default('test'),
    )
    .option('--force', 'replace an existing bundle')
  withJson(withImages(command)).addHelpText(
    'after',
    `
Examples:
  $ frostglass obfuscate protect --pane pane.onnx --data digits --out bundle
  $ frostglass obfuscate protect --pane pane-0.onnx pane-1.onnx --data digits --out bundle

The bundle has manifest.json, images.npy (float32), and the public panes. It does not say which
pane made an image. What it gives away: frostglass audit bundle --original digits`,
  )
  return command.action(async (options: ProtectOptions) => {
    const { data, out, json, force } = options
    const panes: ObfuscatorPane[] = []
    try {
      await requireFreeFolder(out, force ?? false)
      for (const path of options.pane) panes.push(await openPane(path))
      const channels = panes[0]!.card.input[0] as 1 | 3
      const set = await imagesOf(options, data, options.split, signal, channels)
      const { manifest } = await withBar('protecting', json, (onProgress) =>
        writeBundle(out, panes, set, { force: force ?? false, signal, onProgress }),
      )
      const bytes = manifest.parts.reduce((sum, part) => sum + part.bytes, 0)
      print(json, { out, ...manifest }, () =>
        [
          `${counted(set.count, 'image')} of ${set.name} by ${counted(panes.length, 'pane')}: [${[manifest.count, ...manifest.shape].join(', ')}] float32`,
          `wrote ${out} (${(bytes / 1e6).toFixed(1)} MB)`,
          `measure what it gives away before it leaves: frostglass audit ${out} --original ${data} --out report.html`,
        ].join('\n'),
      )
    } finally {
      for (const pane of panes) await pane.close()
    }
  })
}

interface CountOptions extends JsonOption {
  readonly kind: string[]
  readonly bottleneck: number[]
  readonly shape: ImageShape
}

interface CountRow extends Cost {
  readonly kind: string
  readonly title: string
  readonly bottleneck: number | null
}

function countCommand(): Command {
  const command = new Command('count')
    .description('what obfuscators cost: parameters, operations of one image, bytes')
    .addOption(
      new Option('--kind <kinds...>', `${Object.keys(kinds).join(', ')}, or a JSON file of layers`).default(
        ['mlp', 'cnn', 'lightnet', 'densenet'],
        'mlp cnn lightnet densenet',
      ),
    )
    .addOption(
      new Option('--bottleneck <units>', 'of mlp and cnn, e.g. 64,512')
        .argParser(wholeNumbers)
        .default([512], '512'),
    )
    .addOption(
      new Option('--shape <size>', 'of an image: channels x height x width')
        .argParser(imageShape)
        .default([3, 224, 224], '3x224x224'),
    )
  withJson(command).addHelpText(
    'after',
    `
Example:
  $ frostglass obfuscate count --kind mlp cnn --bottleneck 8,64,512 --shape 1x28x28

Two operations a multiply-add, one a bias, a pooling window as many as its elements; activations
none. Bytes are those of float32.`,
  )
  return command.action(async ({ kind, bottleneck, shape, json }: CountOptions) => {
    const results: CountRow[] = []
    for (const name of kind) {
      const layers = /\.json$/i.test(name) ? await readLayers(name) : undefined
      const known = layers ? undefined : kindOf(name)
      for (const n of known?.bottleneck ? bottleneck : [undefined]) {
        const built = obfuscatorLayers(shape, {
          ...(layers ? { layers } : { kind: name as ObfuscatorKind }),
          ...(n === undefined ? {} : { bottleneck: n }),
        })
        results.push({
          kind: name,
          title: known?.title ?? name,
          bottleneck: n ?? null,
          ...countLayers(built.layers, shape),
        })
      }
    }
    print(json, { shape, networks: results }, () =>
      table(
        [`on ${shape.join('×')}`, 'n', 'parameters', 'operations', 'size'],
        results.map((r) => [
          r.title,
          r.bottleneck === null ? '–' : String(r.bottleneck),
          r.parameters.toLocaleString('en'),
          r.flops.toExponential(2),
          sizeText(r.bytes),
        ]),
      ),
    )
  })
}

function imageShape(text: string): ImageShape {
  const sizes = text.split('x').map(wholeNumber(1, 65_536))
  if (sizes.length !== 3)
    throw new InvalidArgumentError('Expected channels x height x width, e.g. 3x224x224.')
  return sizes as unknown as ImageShape
}

function sizeText(bytes: number): string {
  if (bytes < 1e6) return `${(bytes / 1e3).toFixed(1)} kB`
  return bytes < 1e9 ? `${(bytes / 1e6).toFixed(1)} MB` : `${(bytes / 1e9).toFixed(2)} GB`
}

function showPaneCommand(): Command {
  const command = new Command('show')
    .description('what a pane says of itself')
    .argument('<pane>', 'what frostglass obfuscate train wrote')
  withJson(command).addHelpText('after', '\nExample:\n  $ frostglass obfuscate show pane.onnx')
  return command.action(async (path: string, { json }: JsonOption) => {
    const pane = await openPane(path)
    const { card, fingerprint } = pane
    print(json, { fingerprint, ...card }, () => {
      const { training: t, measured: m, preprocessing: p } = card
      return [
        `${card.kind}${card.bottleneck === null ? '' : `, bottleneck ${card.bottleneck}`}: ${counted(card.parameters, 'parameter')}, fingerprint ${fingerprint}`,
        `takes [N, ${card.input.join(', ')}], gives [N, ${card.output.join(', ')}] for ${card.classifier.name} (${card.classifier.classes} classes, ${p.order} ${p.layout}, mean ${p.mean.join(' ')}, std ${p.std.join(' ')})`,
        `trained on ${counted(t.images, 'image')} of ${t.data}: epoch ${t.bestEpoch} of ${t.epochs}, batch ${t.batch}, rate ${t.learningRate}, seed ${t.seed}`,
        `measured on ${counted(m.images, 'image')} of ${m.on}: raw ${percent(m.raw)} right, obfuscated ${percent(m.obfuscated)}`,
        ...(m.amongClasses
          ? [
              `  among the data’s own classes: raw ${percent(m.amongClasses.raw)}, obfuscated ${percent(m.amongClasses.obfuscated)}`,
            ]
          : []),
        card.givesAway,
      ].join('\n')
    })
  })
}
