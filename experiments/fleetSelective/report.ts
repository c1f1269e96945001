// The report of selective SGD: accuracy by the share of changes that participants send, beside the paper's.
// Source: Shokri and Shmatikov 2015, section 7 (MNIST, CNN, 30 participants).

import type { Report, Settings } from '../experiment.ts'
import { accuracyFigure } from '../fleet/accuracyFigure.ts'
import { shareText } from '../shares.ts'
import { markdownTable, plainTable } from '../textTables.ts'
import type { SelectiveResults, SelectiveRow } from './results.ts'

/** In percent, by θ_u; 0 is one participant alone. Of θ_u = 1 the paper states no number. */
const published: Readonly<Record<string, string>> = { 0.1: '99.14%', 0.01: '98.71%', 0: '93.16%' }

const nameOf = (upload: number | null) => (upload === null ? 'alone' : `θ_u = ${upload}`)

const table = (rows: readonly SelectiveRow[], parameters: number, drawn = markdownTable) =>
  drawn(
    ['shared', 'numbers a turn', 'accuracy', 'published', 'seconds'],
    rows.map(({ upload, last, seconds }) => [
      nameOf(upload),
      upload === null ? '0' : Math.ceil(upload * parameters).toLocaleString('en'),
      shareText(last),
      published[upload ?? 0] ?? '–',
      seconds.toFixed(0),
    ]),
  )

export function fleetSelectiveReport(
  { participants, images, rounds, batch, rate, parameters, rows }: SelectiveResults,
  { quick }: Settings,
): Report {
  const sharing = rows.filter(({ upload }) => upload !== null)
  const alone = rows.find(({ upload }) => upload === null)!
  return {
    figures: {
      'fleet-selective': accuracyFigure(
        sharing.map(({ upload, accuracies }) => ({ name: nameOf(upload), accuracies })),
        {
          title: 'How much participants share',
          subtitle: `${participants} participants; dashed: one alone, after ${rounds} passes`,
          mark: alone.last.value,
        },
      ),
    },
    page: {
      quick,
      participants,
      images,
      rounds,
      batch,
      rate,
      parameters: parameters.toLocaleString('en'),
      table: table(rows, parameters),
      alone: alone.accuracies.map((accuracy) => `${(100 * accuracy).toFixed(2)}%`).join(', '),
    },
    summary: table(rows, parameters, plainTable),
  }
}
