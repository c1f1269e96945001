// frostglass fleet step: the step that a fleet's operator sends, of what is stated about columns alone.
// Source: src/fleet/learner/stepFile.ts.
// It reads no table.

import { type FileToWrite, writeFilesTogether } from '../../data/files.ts'
import { type StepColumn, writeStep } from '../../fleet/learner/stepFile.ts'
import { toFloat64 } from '../../graph/tensor.ts'
import { countParameters, initialWeights, type LossName, type Model } from '../../learn/index.ts'
import type { Bounds } from '../../private/index.ts'
import { widthOf } from '../../private/schema/readStated.ts'
import { readSchema, type StatedColumn, schemaOf, type Task, taskOf } from '../../private/schema/schema.ts'
import { lossNameOf, networkOf, type TrainingRecipe } from '../../serve/tables/trainRows.ts'
import type { ForceOption, JsonOption } from '../options.ts'
import { counted, print } from '../output.ts'
import { requireDistinct, requireFree, requireOnnx } from '../outputPath.ts'

/** What columns hold, and which network learns them. */
export interface FleetTaskOptions {
  readonly label: string
  readonly schema?: string | undefined
  readonly bounds?: Readonly<Record<string, Bounds>> | undefined
  readonly categories?: Readonly<Record<string, string[]>> | undefined
  readonly classes?: string[] | undefined
  readonly columns?: string[] | undefined
  readonly hidden?: number[] | undefined
  readonly activation: TrainingRecipe['activation']
}

/** What a fleet learns from tables. */
export interface FleetTask {
  readonly task: Task
  readonly model: Model
  readonly loss: LossName
  /** The columns as a step's card has them. */
  readonly meaning: { readonly columns: readonly StepColumn[]; readonly label: StepColumn }
  /** The file that the schema was drafted from. */
  readonly draftedFrom: string | undefined
}

/** @throws FrostglassError `usage` for what is not stated */
export async function fleetTask(options: FleetTaskOptions): Promise<FleetTask> {
  const { label, columns, hidden = [8], activation } = options
  const schema = schemaOf(
    { ...options, schema: options.schema === undefined ? undefined : await readSchema(options.schema) },
    label,
  )
  const task = taskOf(schema, label, columns)
  const classes = task.label.kind === 'category' ? task.label.values.length : 0
  const shape = { width: widthOf(task.columns), classes }
  return {
    task,
    model: networkOf(shape, { hidden, activation }),
    loss: lossNameOf(shape),
    meaning: { columns: task.columns.map(cardOf), label: cardOf(task.label) },
    draftedFrom: schema.draftedFrom,
  }
}

const cardOf = (column: StatedColumn): StepColumn =>
  column.kind === 'number'
    ? { name: column.name, kind: 'number', bounds: [...column.bounds] }
    : { name: column.name, kind: 'category', values: [...column.values] }

export interface FleetStepOptions extends FleetTaskOptions, ForceOption, JsonOption {
  readonly out: string
  readonly weights?: string | undefined
  readonly seed: number
}

/** What `frostglass fleet step` does. */
export async function fleetStep(options: FleetStepOptions): Promise<void> {
  const { out, weights: firstFile, seed, json, force } = options
  requireOnnx(out, 'step.onnx')
  await requireDistinct(out, [options.schema, firstFile])
  await requireFree(out, force)
  const { model, loss, meaning } = await fleetTask(options)
  const files: FileToWrite[] = [{ path: out, bytes: writeStep(model, loss, meaning), mode: 0o644 }]
  if (firstFile !== undefined) {
    await requireFree(firstFile, force)
    const first = Object.entries(initialWeights(model, seed)).map(([name, tensor]) => [
      name,
      { shape: tensor.shape, data: [...toFloat64(tensor)] },
    ])
    files.push({ path: firstFile, bytes: `${JSON.stringify(Object.fromEntries(first))}\n`, mode: 0o644 })
  }
  await writeFilesTogether(files, { force: force ?? false })
  const { weights } = countParameters(model)
  print(json, { out, weights: firstFile, loss, parameters: weights }, () =>
    [
      `wrote ${out} (one step of ${counted(weights, 'weight')}, ${loss})`,
      ...(firstFile === undefined ? [] : [`wrote ${firstFile} (first weights)`]),
    ].join('\n'),
  )
}
