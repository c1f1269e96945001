// frostglass audit membership: whether a model tells who was in its training data.

import { availableParallelism } from 'node:os'
import {
  type AnswerRows,
  attackMembership,
  type Candidates,
  defaultModelPolicy,
  layerShadows,
  type ModelLeakReport,
  reportOnModel,
  type ShadowOptions,
  type ShadowScores,
  shadowScores,
  writeModelReport,
} from '../../audit/index.ts'
import { jsonPathOf } from '../../audit/report/write.ts'
import { shareText } from '../../audit/words.ts'
import { concatenateImages } from '../../data/images/imageSet.ts'
import { openImages } from '../../data/index.ts'
import { FrostglassError } from '../../errors.ts'
import { tensor } from '../../graph/index.ts'
import { openClassifier, openClassifierService } from '../../protect/index.ts'
import { publishedRecipe } from '../../protect/learned/kinds.ts'
import { preprocessImageSet } from '../../protect/learned/preprocessing.ts'
import { openTableModel, type Rows, trainRows } from '../../serve/index.ts'
import { isTableModel } from '../../serve/tables/tableModel.ts'
import { answerRows } from '../../serve/tables/trainRows.ts'
import { type JsonOption, type ReadingOptions, readingOptions } from '../options.ts'
import { counted, print } from '../output.ts'
import { progress } from '../progress.ts'
import { optimizerOf, type RecipeOptions, recipeOf } from '../recipe.ts'
import { requireReport } from '../reportPath.ts'
import { table } from '../textTable.ts'
import { requireHeld, verdictText, worth } from './auditVerdict.ts'
import { readPolicyFile } from './policyFile.ts'

export interface Options extends ReadingOptions, RecipeOptions, JsonOption {
  readonly model: string
  readonly members: string
  readonly others: string
  readonly limit?: number | undefined
  readonly shadows: number
  readonly policy?: string | undefined
  readonly out?: string | undefined
  readonly seed: number
  readonly force?: boolean | undefined
}

/** A model, rows that it was trained on before rows that it was not, and shadows of it. */
interface Subject {
  readonly name: string
  readonly sha256: string
  readonly answers: AnswerRows
  readonly candidates: Candidates
  readonly members: number
  shadows(options: ShadowOptions): Promise<ShadowScores>
  close(): Promise<void>
}

/** What `frostglass audit membership` does. */
export async function membership(options: Options, signal: AbortSignal): Promise<void> {
  const { model, seed, out, json, force, policy: policyPath } = options
  if (out !== undefined) await requireReport(out, [model, options.members, options.others, policyPath], force)
  if (options.shadows !== 0 && (options.shadows < 4 || options.shadows % 2 === 1))
    throw new FrostglassError(
      'usage',
      `${options.shadows} shadow models will not do`,
      'Take an even number of at least 4, such as 16, or 0 for none.',
    )
  const policy =
    policyPath === undefined
      ? defaultModelPolicy
      : await readPolicyFile(
          policyPath,
          ['threshold', 'class-threshold', 'lira-online', 'lira-offline'].map((name) => ({ name })),
        )
  const start = performance.now()
  const subject = (await isTableModel(model))
    ? await ofTables(options, signal)
    : await ofImages(options, signal)
  let report: ModelLeakReport
  const bar = progress('training shadow models', json)
  try {
    const { candidates, answers, name, sha256 } = subject
    const member = Uint8Array.from(candidates.labels, (_, i) => Number(i < subject.members))
    const shadows =
      options.shadows === 0
        ? undefined
        : await subject.shadows({ count: options.shadows, seed, signal, onProgress: bar.update })
    const findings = await attackMembership(answers, { ...candidates, member, shadows }, seed)
    report = await reportOnModel({
      name,
      sha256,
      seed,
      policy,
      membership: { findings, shadows: options.shadows },
      seconds: (performance.now() - start) / 1000,
    })
  } finally {
    bar.stop()
    await subject.close()
  }
  if (out !== undefined) await writeModelReport(report, out, { force: force ?? false })
  print(json, report, () => summary(report, out))
  requireHeld(report, out)
}

async function ofTables(options: Options, signal: AbortSignal): Promise<Subject> {
  const model = await openTableModel(options.model)
  try {
    const [members, others] = [
      await model.rowsOf(options.members, readingOptions(options)),
      await model.rowsOf(options.others, readingOptions(options)),
    ]
    const count = members.y.length + others.y.length
    const rows = {
      ...members,
      x: new Float64Array(count * members.width),
      y: new Int32Array(count),
    } satisfies Rows
    for (const [part, at] of [[members, 0] as const, [others, members.y.length] as const]) {
      rows.x.set(part.x, at * members.width)
      rows.y.set(part.y, at)
    }
    const all = Int32Array.from(rows.y.keys())
    const candidates = { x: tensor(rows.x, [all.length, rows.width], 'float64'), labels: rows.y }
    return {
      ...model,
      candidates,
      members: members.y.length,
      shadows: (how) =>
        shadowScores(
          candidates,
          async (train, seed) => {
            const outcome = await trainRows(rows, { train }, recipeOf(options, seed), signal)
            return async () =>
              tensor(await answerRows(rows, all, outcome), [all.length, rows.classes], 'float64')
          },
          how,
        ),
    }
  } catch (error) {
    await model.close()
    throw error
  }
}

async function ofImages(options: Options, signal: AbortSignal): Promise<Subject> {
  const classifier = await openClassifier(options.model)
  const open = (spec: string, split: 'train' | 'test') =>
    openImages(spec, { split, signal, limit: options.limit })
  const [members, others] = [await open(options.members, 'train'), await open(options.others, 'test')]
  const set = concatenateImages(members, others)
  if (!set.labels || set.labels.names.length !== classifier.outputs)
    throw new FrostglassError(
      'input',
      `${options.model} has ${classifier.outputs} outputs, but the images have ${set.labels ? `${set.labels.names.length} classes` : 'no classes'}`,
      'Take images of the classes that it was trained on.',
    )
  const candidates = { x: preprocessImageSet(set, classifier.preprocessing), labels: set.labels.of }
  const service = await openClassifierService(classifier)
  return {
    name: classifier.name,
    sha256: classifier.sha256,
    answers: service.probabilities,
    candidates,
    members: members.count,
    shadows(how) {
      const { layers } = classifier
      if (layers.some(({ kind }) => kind === 'graph'))
        throw new FrostglassError(
          'unsupported',
          `${options.model} does not say of what layers it is`,
          'Leave out --shadows: shadow models are for classifiers that frostglass wrote.',
        )
      const { batch, epochs, learningRate } = publishedRecipe
      return layerShadows(
        candidates,
        {
          layers,
          optimizer: optimizerOf(options, learningRate),
          batch: options.batch ?? batch,
          epochs: options.epochs ?? epochs,
        },
        { ...how, workers: availableParallelism() },
      )
    },
    close: service.close,
  }
}

function summary(report: ModelLeakReport, out: string | undefined): string {
  const { findings, audited } = report
  const rows = findings.map((finding) => {
    const {
      title,
      metrics: [first],
      measures,
    } = finding
    return [
      title,
      first!.value.toFixed(3),
      `${first!.interval[0].toFixed(3)} to ${first!.interval[1].toFixed(3)}`,
      ...measures.map(({ value }) => shareText(value)),
      worth(finding),
    ]
  })
  return [
    verdictText(report),
    '',
    table(
      ['attack', 'AUC', '95% interval', 'found at 0.1% false alarms', 'at 1%', 'balanced accuracy', ''],
      rows,
    ),
    '',
    `${counted(audited.rows!.members, 'row')} that it was trained on, ${counted(audited.rows!.others, 'row')} that it was not`,
    ...(out === undefined ? [] : [`wrote ${out} and ${jsonPathOf(out)}`]),
  ].join('\n')
}
