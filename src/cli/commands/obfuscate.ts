// frostglass obfuscate: learned obfuscators before anybody's classifier of images. Its training commands have their own file.

import type { ImageShape } from '../../data/index.ts'
import { loadOnnx } from '../../graph/onnx/files.ts'
import { isCodePane, openCodePane } from '../../protect/certified/codePane.ts'
import {
  type ObfuscatorKind,
  type ObfuscatorPane,
  openPane,
  readLayers,
  writeBundle,
} from '../../protect/index.ts'
import { requireFreeFolder } from '../../protect/learned/bundle.ts'
import { type Cost, countLayers } from '../../protect/learned/count.ts'
import { kindOf } from '../../protect/learned/kinds.ts'
import { obfuscatorLayers } from '../../protect/learned/obfuscatorPlan.ts'
import { percent } from '../../statistics/figures.ts'
import type { JsonOption } from '../options.ts'
import { counted, print } from '../output.ts'
import { table } from '../textTable.ts'
import { type ImageOptions, imagesOf, withBar } from './obfuscateOptions.ts'

export interface ProtectOptions extends ImageOptions, JsonOption {
  readonly pane: string[]
  readonly split: 'train' | 'test' | 'all'
  readonly out: string
  readonly force?: boolean | undefined
}

/** What `frostglass obfuscate protect` does. */
export async function protectImages(options: ProtectOptions, signal: AbortSignal): Promise<void> {
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
}

export interface CountOptions extends JsonOption {
  readonly kind: string[]
  readonly bottleneck: number[]
  readonly shape: ImageShape
}

interface CountRow extends Cost {
  readonly kind: string
  readonly title: string
  readonly bottleneck: number | null
}

/** What `frostglass obfuscate count` does. */
export async function count({ kind, bottleneck, shape, json }: CountOptions): Promise<void> {
  const results: CountRow[] = []
  for (const name of kind) {
    const layers = /\.json$/i.test(name) ? await readLayers(name) : undefined
    const known = layers ? undefined : kindOf(name)
    for (const n of known?.bottleneck ? bottleneck : [undefined]) {
      const built = obfuscatorLayers(shape, {
        ...(layers ? { layers } : { kind: name as ObfuscatorKind }),
        bottleneck: n,
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
}

function sizeText(bytes: number): string {
  if (bytes < 1e6) return `${(bytes / 1e3).toFixed(1)} kB`
  return bytes < 1e9 ? `${(bytes / 1e6).toFixed(1)} MB` : `${(bytes / 1e9).toFixed(2)} GB`
}

/** What `frostglass obfuscate show` does. */
export async function showPane(path: string, { json }: JsonOption): Promise<void> {
  if (isCodePane((await loadOnnx(path)).metadata)) return showCodePane(path, json)
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
}

async function showCodePane(path: string, json: boolean | undefined): Promise<void> {
  const { card, fingerprint, codes } = await openCodePane(path)
  print(json, { fingerprint, codes, ...card }, () => {
    const { training: t, columns, labels } = card
    const columnsText = columns ? `, of ${columns.map(({ name }) => name).join(', ')}` : ''
    return [
      `code: ${counted(codes, 'code')} of ${counted(labels.length, 'label')}: ${labels.join(', ')}; fingerprint ${fingerprint}`,
      `takes [N, ${card.input.join(', ')}]${columnsText}, gives a code for each`,
      `trained on ${counted(t.rows, 'row')} of ${t.data}: ${counted(t.epochs, 'epoch')}, batch ${t.batch}, rate ${t.learningRate}, noise ${t.deviation}, seed ${t.seed}${t.leak ? `, λ ${t.leak.lambda}` : ''}`,
      'What a code tells of anything else, its certificate says: frostglass certify check.',
    ].join('\n')
  })
}
