// Table 1 of the study: parameters, operations and bytes of obfuscators of photographs, counted from the architectures.
// Source: Yonan et al. 2025, Table 1 (n = 512 on 224×224×3); the conventions are protect/learned/count.ts'.

import type { ImageShape } from '../../src/data/index.ts'
import { denseNet, lightNet, obfNetCnn, obfNetMlp } from '../../src/protect/learned/architectures.ts'
import { countLayers } from '../../src/protect/learned/count.ts'
import { experiment } from '../experiment.ts'
import { markdownTable, plainTable } from '../textTables.ts'

const shape: ImageShape = [3, 224, 224]

/** What the study prints; null where it prints none that is at hand. */
const rows = [
  {
    name: 'ObfNet-MLP',
    layers: () => obfNetMlp(shape, 512),
    parameters: '154,291,712',
    flops: '3.08e8',
    bytes: '617 MB',
  },
  {
    name: 'ObfNet-CNN',
    layers: () => obfNetCnn(shape, 512),
    parameters: '279,089,536',
    flops: '6.46e8',
    bytes: '1.11 GB',
  },
  { name: 'LightNet', layers: () => lightNet(shape), parameters: '20.7K', flops: null, bytes: '76 KB' },
  { name: 'DenseNet', layers: () => denseNet(shape), parameters: '25.0M', flops: null, bytes: null },
] as const

interface Counted {
  readonly name: string
  readonly parameters: number
  readonly flops: number
  readonly bytes: number
}

/** Table 1. */
export const table1Experiment = experiment<{ readonly row: number }, Counted>({
  name: 'table-1',
  title: 'parameters, operations and bytes',
  tasks: () => rows.map((_, row) => ({ row })),
  run: async ({ row }) => ({ name: rows[row]!.name, ...countLayers(rows[row]!.layers(), shape) }),
  report(_, counted) {
    const head = ['obfuscator', 'parameters', 'study', 'operations', 'study', 'bytes', 'study']
    const table = counted.map((c, i) => [
      c.name,
      c.parameters.toLocaleString('en'),
      rows[i]!.parameters,
      c.flops.toExponential(2).replace('e+', 'e'),
      rows[i]!.flops ?? '–',
      bytesText(c.bytes),
      rows[i]!.bytes ?? '–',
    ])
    return {
      data: { counted },
      figures: {},
      page: [
        '# Parameters, operations and bytes on photographs',
        '',
        'Yonan and others (2025), table 1: 224×224×3, n = 512. Counted from the architectures; nothing is trained. Two',
        'operations a multiply-add, as TensorFlow’s profiler counts; bytes of float32 numbers (MB = 10⁶). The widths of',
        'LightNet and DenseNet are unpublished: ours were chosen to meet the published counts, so that their agreement shows',
        'nothing. The published 76 KB of LightNet are fewer than 20.7K float32 numbers take. – : not at hand.',
        '',
        markdownTable(head, table),
      ].join('\n'),
      summary: `Parameters, operations and bytes at 224×224×3, n = 512:\n${plainTable(head, table)}`,
    }
  },
})

function bytesText(bytes: number): string {
  if (bytes >= 1e9) return `${(bytes / 1e9).toFixed(3)} GB`
  if (bytes >= 1e6) return `${(bytes / 1e6).toFixed(0)} MB`
  return `${(bytes / 1e3).toFixed(1)} kB`
}
