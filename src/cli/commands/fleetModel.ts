// frostglass fleet model: the weights that a fleet came to, as a model that answers tables.
// Source: src/serve/tables/statedModel.ts; the statement is that of `fleet step`.
// It reads no table, and adds nothing to what the weights tell.

import { readFile } from 'node:fs/promises'
import { fileError, writeFileAtomic } from '../../data/files.ts'
import { readWeights, requireLayout } from '../../fleet/coordinator/weightsFile.ts'
import { fromVector, layoutOfModel } from '../../fleet/layout.ts'
import { cardOfTask, statedModel } from '../../serve/tables/statedModel.ts'
import type { ForceOption, JsonOption } from '../options.ts'
import { counted, print } from '../output.ts'
import { requireDistinct, requireFree, requireOnnx } from '../outputPath.ts'
import { type FleetTaskOptions, fleetTask } from './fleetStep.ts'

export interface FleetModelOptions extends FleetTaskOptions, ForceOption, JsonOption {
  readonly out: string
}

/** What `frostglass fleet model` does. */
export async function fleetModel(path: string, options: FleetModelOptions): Promise<void> {
  const { out, schema, json, force } = options
  requireOnnx(out, 'model.onnx')
  await requireDistinct(out, [path, schema])
  await requireFree(out, force)
  const { task, model } = await fleetTask(options)
  const text = await readFile(path, 'utf8').catch((error) => {
    throw fileError(error, path, 'reading')
  })
  const named = readWeights(text, path)
  const layout = layoutOfModel(model)
  requireLayout(named, layout, path, 'the stated model has')
  const weights = Object.fromEntries(fromVector(named.weights, layout))
  const bytes = statedModel(task, model, weights, cardOfTask(task))
  await writeFileAtomic(out, bytes, { mode: 0o644, force: force ?? false })
  print(json, { out, parameters: layout.size }, () => `wrote ${out} (${counted(layout.size, 'weight')})`)
}
