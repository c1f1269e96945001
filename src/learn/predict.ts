// What a trained model is used for: answers to rows, its measured worth, and the file that ships.
// Source: Keras 3, Model.predict and Model.evaluate; ONNX.
// The file holds the weights in the clear: whoever has it can run it and read it.

import { chooseExecutor } from '../graph/compile.ts'
import {
  bindDims,
  compile,
  type ExecutorName,
  sizeOf,
  type Tensor,
  tensor,
  writeOnnx,
} from '../graph/index.ts'
import { upTo } from '../random/order.ts'
import { type Dataset, prepare } from './dataset.ts'
import { type Loss, type LossName, lossOf } from './losses.ts'
import { accuracy, argmax } from './metrics.ts'
import { inferenceGraph, type Model, type Weights } from './model.ts'

/**
 * Answers to rows: class probabilities [rows, classes] when `loss` is a cross-entropy, the model's outputs otherwise.
 * @param x [rows, …input], of any number type; converted a piece at a time
 */
export async function predict(
  model: Model,
  weights: Weights,
  x: Tensor,
  options: { loss: LossName | Loss; executor?: ExecutorName | undefined },
): Promise<Tensor> {
  const { head } = lossOf(options.loss)
  const rows = x.shape[0] ?? 0
  // In pieces, so that what lies between the layers does not grow with the rows.
  const piece = Math.max(1, Math.min(rows, Math.floor(2 ** 17 / Math.max(1, sizeOf(model.input)))))
  const single = inferenceGraph(model, weights, { head })
  const executor = options.executor ?? chooseExecutor(bindDims(single, { N: piece }))
  const dtype = executor === 'native' ? 'float32' : 'float64'
  const g = executor === 'native' ? single : inferenceGraph(model, weights, { dtype, head })
  const program = await compile(g, { executor })
  try {
    const width = sizeOf(model.output)
    const answers = new Float64Array(rows * width)
    for (let start = 0; start < rows; start += piece) {
      const count = Math.min(piece, rows - start)
      const from = start * sizeOf(model.input)
      const part = x.data.subarray(from, from + count * sizeOf(model.input))
      const feed = tensor(part, [count, ...model.input], dtype)
      const { output } = await program.run({ input: feed })
      answers.set(output!.data as Float64Array, start * width)
    }
    return tensor(answers, [rows, ...model.output], 'float64')
  } finally {
    await program.close()
  }
}

/** The share of right answers of a classifier. @throws FrostglassError as for training when data do not fit. */
export async function measureAccuracy(
  model: Model,
  weights: Weights,
  data: Dataset,
  options: { loss: LossName | Loss; executor?: ExecutorName | undefined },
): Promise<number> {
  const loss = lossOf(options.loss)
  const { answers, rows } = prepare(data, model, loss)
  if (!answers) throw new TypeError('accuracy is for classifiers')
  const { data: scores } = await predict(model, weights, data.x, options)
  if (loss.answers === 'one') return accuracy(argmax(scores as Float64Array, scores.length / rows), answers)
  return accuracy(
    upTo(scores.length).map((i) => ((scores[i] as number) > 0.5 ? 1 : 0)),
    answers,
  )
}

/**
 * The bytes of the model as ONNX, float32: input `input` [N, …], output `probabilities` of a classifier, else `output`.
 * @param options.metadata key-value pairs that the file carries
 */
export function exportModel(
  model: Model,
  weights: Weights,
  options: { loss: LossName | Loss; metadata?: Readonly<Record<string, string>> | undefined },
): Uint8Array {
  const { head, answers } = lossOf(options.loss)
  const output = answers === 'numbers' ? 'output' : 'probabilities'
  return writeOnnx(inferenceGraph(model, weights, { head, output }), { metadata: options.metadata ?? {} })
}
