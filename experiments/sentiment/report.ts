// The report of the encrypted network: accuracies beside the paper's, speed, and the break of its scheme.
// Source: Sayyad and Kulkarni, section V.

import type { Report, Settings } from '../experiment.ts'
import { shareText } from '../shares.ts'
import { plainTable } from '../textTables.ts'
import { courseFigure } from './figures.ts'
import type { SentimentResults } from './results.ts'
import { accuracyTable, activations, breakTable } from './tables.ts'

export function sentimentReport(results: SentimentResults, { quick }: Settings): Report {
  const { reviews, heldOut, words, rows, breaks } = results
  const of = (encryption: string, activation: string) =>
    rows.find((row) => row.encryption === encryption && row.activation === activation)!
  const [plain, series] = [of('plain', 'sigmoid'), of('plain', 'taylor')]
  const encrypted = rows.filter((row) => row.weightsRead)
  const sound = encrypted.filter((row) => row.encryption === 'published').slice(0, 1)
  const speed = (row: { readonly perSecond: number }) => Math.round(row.perSecond).toLocaleString('en')
  return {
    figures: { 'online-accuracy': courseFigure(rows) },
    page: {
      quick,
      reviews: reviews.toLocaleString('en'),
      words: words.toLocaleString('en'),
      'learnt-from': (reviews - heldOut).toLocaleString('en'),
      'held-out': heldOut.toLocaleString('en'),
      accuracy: accuracyTable(rows, quick),
      lost:
        series.lost > 0
          ? [{ reach: plain.largest.toFixed(0), after: series.firstLost!.toLocaleString('en') }]
          : [],
      sound: sound.map((scheme) => ({
        cost: (100 * (plain.heldOut.value - scheme.heldOut.value)).toFixed(1),
        same: shareText(scheme.asPlain!),
        speed: speed(scheme),
        'plain-speed': speed(of('plain', 'least squares')),
      })),
      breaks: breakTable(breaks),
      read: encrypted.map((row) => ({
        encryption: row.encryption,
        activation: activations[row.activation]!,
        share: shareText(row.weightsRead!),
      })),
    },
    summary: [
      accuracyTable(rows, quick, plainTable),
      '',
      breakTable(breaks, plainTable),
      ...sound.map(
        (scheme) => `${shareText(scheme.weightsRead!)} of the encrypted weights are read without any key.`,
      ),
    ].join('\n'),
  }
}
