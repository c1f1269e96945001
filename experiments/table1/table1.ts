// Table 1 of the study: parameters, operations and bytes of obfuscators of photographs, counted from the architectures.
// Source: Yonan et al. 2025, Table 1 (n = 512 on 224×224×3); the conventions are protect/learned/count.ts'.

import type { ImageShape } from '../../src/data/index.ts'
import { denseNet, lightNet, obfNetCnn, obfNetMlp } from '../../src/protect/learned/architectures.ts'
import { countLayers } from '../../src/protect/learned/count.ts'
import type { Work } from '../experiment.ts'

const shape: ImageShape = [3, 224, 224]

/** What the study prints; null where it prints none that is at hand. */
export const rows = [
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

export interface Counted {
  readonly name: string
  readonly parameters: number
  readonly flops: number
  readonly bytes: number
}

export const table1Work: Work<{ readonly row: number }, Counted> = {
  tasks: () => rows.map((_, row) => ({ row })),
  run: async ({ row }) => ({ name: rows[row]!.name, ...countLayers(rows[row]!.layers(), shape) }),
}
