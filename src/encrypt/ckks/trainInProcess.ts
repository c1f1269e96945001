// A whole encrypted training: keys drawn, another process started, and both gone at its end.
// Source: trainModel.ts, modelProcess.ts.

import type { ModelPlan } from './modelPlan.ts'
import { startModelProcess } from './modelProcess.ts'
import { createCkksOwner } from './owner.ts'
import type { LabelledRows } from './plainTraining.ts'
import { type EncryptedTraining, type TrainModelOptions, trainModel } from './trainModel.ts'

/** Trains with keys of its own. @throws FrostglassError as {@link trainModel} */
export async function trainInProcess(
  plan: ModelPlan,
  data: LabelledRows,
  options: TrainModelOptions,
): Promise<EncryptedTraining> {
  const owner = await createCkksOwner(plan.parameters)
  const service = startModelProcess(plan)
  try {
    return await trainModel(owner, plan, data, service.ask, options)
  } finally {
    service.close()
    owner.close()
  }
}
