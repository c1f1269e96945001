// One training step of a code pane as a graph: encoder, noise on z, head, cross-entropy, leak, Adam.
// Source: ours; Kingma and Ba 2015 for Adam; the leak's formulas are in leakPenalty.ts.
// Rates, noise and weights of a step are its inputs, so that schedules lie outside the graph.

import type { Graph } from '../../graph/contract.ts'
import {
  add,
  argMax,
  cast,
  constant,
  div,
  equal,
  gradients,
  graph,
  input,
  mul,
  reduceMean,
  substitute,
  type Value,
  variable,
} from '../../graph/index.ts'
import { applyLayers } from '../../learn/buildLayers.ts'
import { adam, type Model, type Weights } from '../../learn/index.ts'
import { categoricalCrossEntropy } from '../../learn/losses.ts'
import { inType, weightOf } from '../../learn/model.ts'
import { optimizerStep } from '../../learn/optimizers/step.ts'
import type { CodeNetwork } from './codeNetwork.ts'
import { kernelLeak, softCodeLeak } from './leakPenalty.ts'

/** What the penalty is computed on: `kernel`, the noisy z; `codes`, soft assignments of z to the cells so far. */
export type Penalty = 'kernel' | 'codes'

/** What of an attribute a step holds down. */
export interface Leak {
  readonly penalty: Penalty
  /** Share of each class of the attribute among the training rows, all above 0. */
  readonly prior: readonly number[]
  /** Centres of the soft codes; how many there are. */
  readonly centres: number
}

/** A step: inputs `row`, `label` (one-hot), `noise` (standard normal), `deviation`, `rate`, and with a leak `attribute`, `weight`; for soft codes `centres`, `temperature`. */
export interface CodeStep {
  /** Outputs `loss` (cross-entropy), `right` (share), `leak`. */
  readonly graph: Graph
  readonly parameters: ReadonlyMap<string, Value>
  readonly memory: ReadonlyMap<string, Value>
}

/**
 * @param options.pixels whether rows are bytes 0 … 255 @param options.deviation of the noise at its full size
 */
export function codeStep(
  network: CodeNetwork,
  weights: Weights,
  options: {
    readonly batch: number
    readonly pixels: boolean
    readonly deviation: number
    readonly leak?: Leak | undefined
  },
): CodeStep {
  const { batch, leak } = options
  const { encoder, head } = network
  const [width] = encoder.output as [number]
  const row = input('row', [batch, ...encoder.input], options.pixels ? 'uint8' : 'float32')
  const label = input('label', [batch, ...head.output])
  const noise = input('noise', [batch, width])
  const deviation = input('deviation', [])
  const rate = input('rate', [])
  const parameters = new Map<string, Value>()
  const penalties: Value[] = []
  const apply = (model: Model, x: Value) => trainable(model, x, weights, parameters, penalties)

  const means = apply(encoder, options.pixels ? unitRange(row) : row)
  const noisy = add(means, mul(noise, deviation))
  const logits = apply(head, noisy)
  const loss = categoricalCrossEntropy.build(logits, label)
  const right = reduceMean(cast(equal(argMax(logits), argMax(label)), 'float32'))
  const inputs = [row, label, noise, deviation, rate]
  const given = leak && leakOf(leak, { means, noisy, batch, width, deviation: options.deviation })
  const weight = input('weight', [])
  const total = [...penalties, ...(given ? [mul(given.leak, weight)] : [])].reduce((a, b) => add(a, b), loss)

  const trained = [...parameters.values()]
  const step = optimizerStep(adam(), trained, gradients(total, trained), 'float32')
  // The optimiser keeps its rate in a variable; here the schedule feeds it.
  const next = substitute(
    step.updates.map(([, value]) => value),
    new Map([[step.learningRate, rate]]),
  )
  const memory = new Map([...step.memory].filter(([, v]) => v !== step.learningRate))
  return {
    graph: graph({
      inputs: given ? [...inputs, ...given.inputs, weight] : inputs,
      outputs: given ? { loss, right, leak: given.leak } : { loss, right },
      updates: step.updates.map(([target], i) => [target, next[i]!] as const),
    }),
    parameters,
    memory,
  }
}

/** A model's layers on a value, its weights as variables that are noted by name. */
function trainable(
  model: Model,
  x: Value,
  weights: Weights,
  parameters: Map<string, Value>,
  penalties: Value[],
): Value {
  return applyLayers(model.layers, x, {
    training: true,
    penalty: (value) => void penalties.push(value),
    parameter(p) {
      const known = parameters.get(p.name) ?? variable(p.name, inType(weightOf(p, weights), 'float32'))
      parameters.set(p.name, known)
      return known
    },
  })
}

function leakOf(
  { penalty, prior, centres }: Leak,
  z: { means: Value; noisy: Value; batch: number; width: number; deviation: number },
): { readonly leak: Value; readonly inputs: readonly Value[] } {
  const attribute = input('attribute', [z.batch, prior.length])
  if (penalty === 'kernel')
    return { leak: kernelLeak(z.noisy, z.means, attribute, z.deviation, prior), inputs: [attribute] }
  const cells = input('centres', [centres, z.width])
  const temperature = input('temperature', [])
  return {
    leak: softCodeLeak(z.means, cells, temperature, attribute, prior),
    inputs: [attribute, cells, temperature],
  }
}

const unitRange = (pixels: Value): Value => div(cast(pixels, 'float32'), constant([255], [1]))
