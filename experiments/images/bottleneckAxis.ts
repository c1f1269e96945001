// The axis that charts by bottleneck share: the papers' widths, each twice the one before.
// Source: Xu et al. 2020 and Yonan et al. 2025, who draw n from 8 to 1024.

import { bottlenecks } from './settings.ts'

/** Encoding `x` of a chart of values with the field `bottleneck`. */
export const bottleneckAxis = {
  field: 'bottleneck',
  type: 'quantitative',
  title: 'units of the bottleneck',
  scale: { type: 'log', base: 2, domain: [7, 1170] },
  axis: { values: bottlenecks, grid: false, format: 'd', labelOverlap: false, labelBound: false },
} as const
