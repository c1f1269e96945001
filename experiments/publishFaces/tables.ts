// The tables of the page of recognised faces.
// Source: results.ts.

import { markdownTable, type plainTable, points } from '../textTables.ts'
import { taughtWith } from './publishFaces.ts'
import type { FacesResults } from './results.ts'

/** Who is recognised, by scheme. */
export function recognised(
  { recognition }: FacesResults,
  drawn: typeof markdownTable | typeof plainTable,
): string {
  const columns = ['eigenfaces', 'network'].flatMap((name) =>
    taughtWith.map((taught) => [name, taught] as const),
  )
  const names = [...new Set(recognition.map(({ scheme }) => scheme))]
  return drawn(
    ['', '1/k', ...columns.map((column) => column.join(', '))],
    names.map((scheme) => {
      const own = recognition.filter((row) => row.scheme === scheme)
      const k = own[0]!.k
      return [
        scheme,
        k > 1 ? points(1 / k) : '–',
        ...columns.map(([name, taught]) => {
          const row = own.find((one) => one.recogniser === name && one.taught === taught)
          return row ? `${points(row.share)} [${points(row.interval[0])}, ${points(row.interval[1])}]` : '–'
        }),
      ]
    }),
  )
}

/** What is kept. */
export const kept = ({ kept: rows }: FacesResults) =>
  markdownTable(
    ['', 'PSNR, dB', 'SSIM', 'glasses', 'sex'],
    rows.map(({ scheme, psnr, ssim, glasses, sex }) => [
      scheme,
      psnr >= 100 ? '–' : psnr.toFixed(1),
      ssim.toFixed(2),
      points(glasses),
      points(sex),
    ]),
  )

/** Several images of a person. */
export function several({ albums }: FacesResults): string {
  const sizes = [...new Set(albums.map(({ images }) => images))]
  const rows = new Map(albums.map((row) => [`${row.kind}|${row.k}|${row.taught}`, row]))
  return markdownTable(
    ['averaged', 'k', 'adversary', ...sizes.map((n) => `${n} image${n === 1 ? '' : 's'}`)],
    [...rows.values()].map(({ kind, k, taught }) => [
      kind,
      String(k),
      taught === 'groups' ? 'has the originals' : `taught ${taught}`,
      ...sizes.map((n) =>
        points(
          albums.find((r) => r.kind === kind && r.k === k && r.taught === taught && r.images === n)!.share,
        ),
      ),
    ]),
  )
}
