// Learning in a page by the training step that a Flower server sends: an answer for joinFleet. A door of @frostglass/edge.
// Source: fleet/flower/stepAnswer.ts. Our own kernels, in float64: nothing that a server sends reaches native code.
// NOT PRIVATE: what it sends shows the service and the server much of the rows (docs/reference/edge.md).

import { type StepRows, type StepSettings, stepAnswer } from '../fleet/flower/stepAnswer.ts'
import type { FleetAnswer, FleetMessage } from './fleet.ts'

export { type Tensor, tensor } from '../graph/tensor.ts'
export type { StepRows, StepSettings }

/**
 * An answer for `joinFleet`: trains and measures on rows as the server's step says. Without noise: weights, loss and the number of rows
 * leave as they are.
 * @param settings that hold unless the server gives others. Default: rate 0.01, one epoch, batches of 32
 * @example
 * await joinFleet({ answer: answerBySteps({ x: tensor(pixels, [rows, 784]), y: tensor(labels, [rows, 10]) }), signal })
 */
export function answerBySteps(
  rows: StepRows,
  settings: Partial<StepSettings> = {},
): (message: FleetMessage, signal: AbortSignal | undefined) => Promise<FleetAnswer> {
  const answer = stepAnswer(rows, settings)
  return ({ type, content }, signal) => answer(type, content, signal)
}
