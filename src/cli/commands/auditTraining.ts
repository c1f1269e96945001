// frostglass audit canaries and audit training: private training, held against what it claims, by canaries in one run.

import {
  judgeTraining,
  type ModelLeakReport,
  type PrivacyClaim,
  reportOnModel,
  writeModelReport,
} from '../../audit/index.ts'
import { canaryScores } from '../../audit/membership/auditTraining.ts'
import { readCoins, readNumbers, writeTableCanaries } from '../../audit/membership/tableCanaries.ts'
import { FrostglassError } from '../../errors.ts'
import { tensor } from '../../graph/index.ts'
import { openTableModel } from '../../serve/index.ts'
import { percent } from '../../statistics/figures.ts'
import { type JsonOption, type ReadingOptions, readingOptions } from '../options.ts'
import { counted, print, warn } from '../output.ts'
import { requireDistinct, requireFree } from '../outputPath.ts'
import { requireReport } from '../reportPath.ts'

export interface CanariesOptions extends ReadingOptions, JsonOption {
  readonly label: string
  readonly count: number
  readonly kind: 'extreme' | 'mislabelled'
  readonly out: string
  readonly canaries: string
  readonly force?: boolean | undefined
}

/** What `frostglass audit canaries` does. */
export async function canaries(path: string, options: CanariesOptions, signal: AbortSignal): Promise<void> {
  const { label, count, kind, out, canaries, json, force } = options
  for (const file of [out, canaries]) {
    await requireDistinct(file, [path])
    await requireFree(file, force)
  }
  await requireDistinct(out, [canaries])
  const written = await writeTableCanaries(path, out, canaries, {
    ...readingOptions(options),
    label,
    count,
    kind,
    force: force ?? false,
    signal,
  })
  warn(json, written.warnings)
  print(
    json,
    { out, canariesFile: canaries, ...written },
    () =>
      `wrote ${out} (${counted(written.rows, 'row')} and ${written.included} canaries) and ${canaries} (all ${written.canaries}, with their coins)`,
  )
}

export interface TrainingOptions extends ReadingOptions, JsonOption {
  readonly canaries: string
  readonly model?: string | undefined
  readonly scores?: string | undefined
  readonly epsilon?: number | undefined
  readonly delta?: number | undefined
  readonly out?: string | undefined
  readonly force?: boolean | undefined
}

/** What `frostglass audit training` does. */
export async function training(options: TrainingOptions): Promise<void> {
  const { canaries, model, scores, out, json, force } = options
  if ((model === undefined) === (scores === undefined))
    throw new FrostglassError(
      'usage',
      'name either --model or --scores',
      'Give the model of frostglass train, or a table of scores of another program’s.',
    )
  if (out !== undefined) await requireReport(out, [canaries, model, scores], force)
  const start = performance.now()
  const included = await readCoins(canaries)
  const scored: Scored =
    model === undefined
      ? { name: 'scores of canaries', of: await readNumbers(scores!, 'score') }
      : await scoresOf(model, canaries, options)
  const found = judgeTraining(scored.of, included, claimOf(options, scored.spent))
  const { name, sha256 } = scored
  const report = await reportOnModel({
    name,
    sha256,
    seed: 0,
    training: found,
    seconds: (performance.now() - start) / 1000,
  })
  if (out !== undefined) await writeModelReport(report, out, { force: force ?? false })
  print(json, report, () => summary(report, out))
  if (found.caught) {
    throw new FrostglassError(
      'policy',
      'the training gives away more than it claims',
      'Look for noise that is too small, rows that are not clipped one by one, or steps that are not counted.',
    )
  }
}

/** Scores of canaries, and what they are of. */
interface Scored {
  readonly name: string
  readonly sha256?: string | undefined
  readonly of: Float64Array
  /** What a privately trained model says that it spent. */
  readonly spent?: PrivacyClaim | undefined
}

function claimOf({ epsilon, delta }: TrainingOptions, spent: PrivacyClaim | undefined): PrivacyClaim {
  const claim = { epsilon: epsilon ?? spent?.epsilon, delta: delta ?? spent?.delta ?? 1e-5 }
  if (claim.epsilon === undefined)
    throw new FrostglassError(
      'usage',
      'the training claims nothing that it could be held to',
      'Say --epsilon; a model of frostglass private train says it itself.',
    )
  if (claim.delta >= 1)
    throw new FrostglassError(
      'usage',
      `δ = ${claim.delta} promises nothing`,
      'Take the δ of the claim, below 1.',
    )
  return { epsilon: claim.epsilon, delta: claim.delta }
}

async function scoresOf(path: string, canaries: string, reading: ReadingOptions): Promise<Scored> {
  const model = await openTableModel(path)
  try {
    const { x, y, width } = await model.rowsOf(canaries, readingOptions(reading))
    const rows = {
      x: tensor(x, [y.length, width], 'float64'),
      y: tensor(y as Int32Array, [y.length], 'int32'),
    }
    const { name, sha256, card } = model
    return { name, sha256, of: await canaryScores(model.answers, rows), spent: card.private }
  } finally {
    await model.close()
  }
}

function summary({ verdict, training }: ModelLeakReport, out: string | undefined): string {
  const { bound, claimed, canaries, included, auc } = training!
  return [
    verdict.sentence,
    '',
    `claimed:     ε ≤ ${claimed.epsilon} at δ = ${claimed.delta}`,
    `measured:    ε ≥ ${bound.epsilon.toFixed(3)} with confidence 95%`,
    `canaries:    ${canaries}, of which ${included} were in; ${bound.best.right} of ${bound.best.guesses} guesses right`,
    `told apart:  ${percent(auc.value)} of pairs (area under the ROC curve), half by chance`,
    ...(out === undefined ? [] : ['', `wrote ${out} and ${out.replace(/\.html$/i, '.json')}`]),
  ].join('\n')
}
