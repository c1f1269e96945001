// One step of a node's training as a graph: gradient descent, pulled towards a vector and corrected where that is asked for.
// Source: McMahan et al. 2017, algorithm 1; Li et al. 2020 (FedProx), equation 2; Karimireddy et al. 2020 (SCAFFOLD), equation 3.
// No momentum and no Adam: what they would remember belongs to a node, and is lost from round to round.

import {
  add,
  type Graph,
  gradients,
  graph,
  mul,
  sub,
  type Tensor,
  type Value,
  variable,
} from '../../graph/index.ts'
import { filled } from '../../graph/value.ts'
import { forwardPass, type NoiseInput } from '../../learn/forwardPass.ts'
import type { Loss, Model, Weights } from '../../learn/index.ts'
import type { ModelType } from '../../learn/model.ts'
import { evaluationGraph } from '../../learn/trainingGraph.ts'

/** Variables of a step, by the names of weights. */
export interface StepVariables {
  /** Weights, and statistics of normalising layers, in the model's order. */
  readonly parameters: ReadonlyMap<string, Value>
  readonly rate: Value
  /** Where the step is pulled to, and what is added to gradients; by weight. */
  readonly towards: ReadonlyMap<string, Value>
  readonly correction: ReadonlyMap<string, Value>
  readonly strength: Value
}

/** A step, and what else can be asked of the same weights. */
export interface LocalStep extends StepVariables {
  readonly noise: readonly NoiseInput[]
  /** Output `loss`, and `prediction` of a classifier. @param pulled with both further terms */
  step(options: { readonly rows?: number | undefined; readonly pulled: boolean }): Graph
  /** Outputs `loss` and, by weight, `gradient.NAME`. */
  readonly gradient: Graph
  /** Outputs `loss` and `prediction`. */
  readonly evaluation: Graph
}

/**
 * The step of a model.
 * @param options.pixels whether rows come as bytes
 * @throws FrostglassError 'usage' where nothing is left to train
 */
export function localStep(
  model: Model,
  weights: Weights,
  options: { readonly loss: Loss; readonly dtype: ModelType; readonly pixels: boolean },
): LocalStep {
  const { loss, dtype } = options
  const first = forwardPass(model, weights, { ...options, pieces: false })
  const { parameters, frozen } = first
  const zeros = (v: Value): Tensor => filled(v.shape as number[], 0, dtype).tensor!
  const trained = first.trained.map((w) => w.name!)
  const beside = (what: string) =>
    new Map(trained.map((name) => [name, variable(`${what}.${name}`, zeros(parameters.get(name)!))]))
  const [towards, correction] = [beside('towards'), beside('correction')]
  const rate = variable('rate', filled([], 0, dtype).tensor!)
  const strength = variable('strength', filled([], 0, dtype).tensor!)
  const lossOf = (pass: typeof first): Value =>
    pass.penalties.reduce((sum, v) => add(sum, v), loss.build(pass.parts[0]!.value, pass.target))

  return {
    parameters,
    rate,
    towards,
    correction,
    strength,
    noise: [...first.noise.values()],
    step({ rows, pulled }) {
      const pass =
        rows === undefined
          ? first
          : forwardPass(model, weights, { ...options, rows, pieces: false, share: { parameters, frozen } })
      const total = lossOf(pass)
      const slopes = gradients(total, pass.trained)
      const updates = pass.trained.map((w, i): [Value, Value] => {
        const name = w.name!
        const pull = () => add(correction.get(name)!, mul(sub(w, towards.get(name)!), strength))
        const slope = pulled ? add(slopes[i]!, pull()) : slopes[i]!
        return [w, sub(w, mul(slope, rate))]
      })
      return graph({
        inputs: [pass.x, pass.target, ...[...pass.noise.values()].map((n) => n.value)],
        outputs: { loss: total },
        updates: [...pass.updates, ...updates],
      })
    },
    gradient: gradientGraph(first, lossOf(first)),
    evaluation: evaluationGraph(model, weights, { ...options, parameters }),
  }
}

function gradientGraph(pass: ReturnType<typeof forwardPass>, loss: Value): Graph {
  const slopes = gradients(loss, pass.trained)
  return graph({
    inputs: [pass.x, pass.target, ...[...pass.noise.values()].map((n) => n.value)],
    outputs: {
      loss,
      ...Object.fromEntries(pass.trained.map((w, i) => [`gradient.${w.name}`, slopes[i]!])),
    },
  })
}
