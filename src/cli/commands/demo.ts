// frostglass demo: the whole round on the embedded wheat seeds. What `npm start` runs.

import { type Round, runRound } from '../../demo/round.ts'
import { percent } from '../../statistics/figures.ts'
import { meanAndSpread } from '../../statistics/moments.ts'
import type { JsonOption } from '../options.ts'
import { counted, print, scientific } from '../output.ts'
import { progress } from '../progress.ts'
import { table } from '../textTable.ts'

export interface DemoOptions extends JsonOption {
  readonly seed: number
  readonly repetitions: number
}

/** What `frostglass demo` does. */
export async function demo(options: DemoOptions, signal: AbortSignal): Promise<void> {
  const bar = progress('the round', options.json)
  try {
    const round = await runRound({ ...options, signal, onProgress: bar.update })
    bar.stop()
    print(options.json, round, () => report(round))
  } finally {
    bar.stop()
  }
}

function report(round: Round): string {
  const rows = round.measured.map((m) => {
    const accuracy = meanAndSpread(m.accuracies)
    return [
      m.name,
      `${percent(accuracy.mean)} ± ${percent(accuracy.deviation)}`,
      meanAndSpread(m.epochs).mean.toFixed(0),
      meanAndSpread(m.seconds).mean.toFixed(3),
      m.layers === undefined ? '–' : scientific(m.roundTripError),
    ]
  })
  const { asked, broken } = round
  const { example } = asked
  const numbers = (values: readonly number[]) => values.map((v) => v.toFixed(3)).join(' ')
  return [
    `Wheat seeds (UCI): ${round.rows} rows, ${round.columns} attributes, 3 varieties. One hidden layer of 8 tanh units,`,
    `Adam 0.1, batches of 10; five folds, ${counted(round.repetitions, 'repetition')} with fresh keys.`,
    '',
    table(
      ['table that the service sees', 'accuracy', 'epochs', 'seconds, 5 folds', 'round-trip error'],
      rows,
    ),
    '',
    `Asked all ${asked.queries} rows through files, each held out once, 3 layers, five keys: decoded answers ${percent(asked.decoded)} right,`,
    `the raw model ${percent(asked.raw)}; both say the same on ${percent(asked.agree)} of the rows. One of them:`,
    `  the owner has     ${numbers(example.original)}`,
    `  the service sees  ${numbers(example.protected)}`,
    `  it answers        ${example.answer}, which the key decodes to ${example.decoded} (truth: ${example.truth})`,
    '',
    'What it gives away, measured: an adversary who knows n of the rows and fits a line recovers every other cell',
    ...broken.flatMap((b) => {
      const about = `from n = ${b.explainedFrom} it explains ${percent(b.explained)} of their variance`
      return b.rows === undefined
        ? [`  ${b.layers} layers: exactly from none of up to ${b.tried} rows, but ${about}`]
        : [
            `  ${b.layers} layer: exactly from n = ${b.rows} rows on (${b.columns} attributes + 1): there the key is broken`,
          ]
    }),
    'Better attacks than a line do better: `frostglass audit` runs them. This is not encryption: see SECURITY.md.',
  ].join('\n')
}
