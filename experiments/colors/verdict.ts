// The break in a few sentences, whichever way it came out.
// Source: Yonan et al. 2025: more than 30% of the colours told is a compromise.

import type { Values } from '../template.ts'
import type { Colors } from './adversaries.ts'
import { type ColorsPoint, measure, strongest } from './results.ts'

/** The share of colours told from which the study calls a pane compromised. */
const compromise = 0.3

/** @param meanImage SSIM of the mean training image */
export function verdict(points: readonly ColorsPoint[], meanImage: number): Values {
  const wide = points.filter((p) => p.bottleneck >= 512)
  const narrow = points.filter((p) => p.bottleneck === 8)
  const shareTold = (of: readonly ColorsPoint[], who: keyof Colors) =>
    range(of.map((p) => p.colors[who].value))
  const compromised = narrow.filter(({ colors: { colorNet, noisyNet, pathNet } }) =>
    [colorNet, noisyNet, pathNet].some(({ value }) => value > compromise),
  )
  const ssim = points.map((p) => measure(strongest(p).similarity, 'ssim').value)
  return {
    wide:
      wide.length === 0
        ? []
        : [
            {
              widths: [...new Set(wide.map((p) => p.bottleneck))].join(' and '),
              'color-net': shareTold(wide, 'colorNet'),
              'noisy-net': shareTold(wide, 'noisyNet'),
              'path-net': shareTold(wide, 'pathNet'),
              digit: range(wide.map((p) => strongest(p).digit.value)),
              color: range(wide.map((p) => strongest(p).color.value)),
            },
          ],
    narrow:
      narrow.length === 0
        ? []
        : [
            {
              'color-net': shareTold(narrow, 'colorNet'),
              'noisy-net': shareTold(narrow, 'noisyNet'),
              'path-net': shareTold(narrow, 'pathNet'),
              all: compromised.length === narrow.length,
              some:
                compromised.length > 0 && compromised.length < narrow.length
                  ? [{ which: compromised.map((p) => p.obfuscator).join(' and ') }]
                  : [],
              none: compromised.length === 0,
            },
          ],
    'least-ssim': Math.min(...ssim).toFixed(2),
    'most-ssim': Math.max(...ssim).toFixed(2),
    'mean-ssim': meanImage.toFixed(2),
  }
}

/** The least and the most of some shares; one number where they read alike. */
function range(of: readonly number[]): string {
  const [low, high] = [Math.min(...of), Math.max(...of)].map((v) => (100 * v).toFixed(1))
  return low === high ? `${low}%` : `${low}% to ${high}%`
}
