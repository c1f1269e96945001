// How far the slopes that a row would have lie outside of a space, and where they lie less far: a graph, differentiated twice.
// Source: Dimitrov et al. 2024 (SPEAR), section 3: slopes of rows lie in the right span of the gradient. The descent is ours.
// Rows are x = point + directions · t; t alone is looked for. A share is taken, so that the size of slopes does not matter.

import type { Matrix } from 'ml-matrix'
import {
  add,
  compile,
  div,
  type Graph,
  gradients,
  graph,
  input,
  log,
  matmul,
  mul,
  reduceSum,
  sub,
  type Tensor,
  tensor,
  transpose,
} from '../../graph/index.ts'
import { toFloat64 } from '../../graph/tensor.ts'
import { constantOf, scalarLike } from '../../graph/value.ts'
import { applyLayers } from '../../learn/buildLayers.ts'
import { activate } from '../../learn/layers/activation.ts'
import { arrange } from '../../learn/layers/index.ts'
import { inType, weightOf } from '../../learn/model.ts'
import type { SeenUpdates } from './contract.ts'
import type { GradientSpan, RowPlane } from './gradientSpan.ts'
import { firstDense } from './probe.ts'

/** Candidates at one place. */
export interface SlopesSeen {
  /** Share of each candidate's slopes that lies outside, 0 … 1 [candidates]. */
  readonly outside: Float64Array
  /** Slopes of the first layer [candidates, units]. */
  readonly slopes: Float64Array
  /** Where the sum of logarithms of squared shares grows [candidates, dimensions]. */
  readonly uphill: Float64Array
}

/** Looks at candidates of a plane. */
export interface SlopeAsker {
  /** Sets where rows and slopes are to lie, and the candidates' classes. */
  aim(plane: RowPlane, span: GradientSpan, labels: Int32Array): void
  /** @param t coordinates [candidates, dimensions]; those that the plane lacks count for nothing */
  look(t: Float64Array): Promise<SlopesSeen>
  close(): Promise<void>
}

/** Below this squared share nothing is told from rounding. */
const least = 1e-14

/**
 * Builds the graph for so many candidates in planes of at most so many dimensions, in double precision.
 * @throws FrostglassError 'unsupported' for a model with an operator that has no rule of gradients
 */
export async function openSlopeAsker(
  seen: SeenUpdates,
  { candidates, dimensions }: { readonly candidates: number; readonly dimensions: number },
): Promise<SlopeAsker> {
  const { layer, kernel, bias } = firstDense(seen)!
  const { units } = layer
  const classes = seen.model.output[0]!
  const [weights, offsets] = [kernel, bias].map((name) => toFloat64(seen.weights[name]!)) as [
    Float64Array,
    Float64Array,
  ]
  const program = await compile(slopeGraph(seen, candidates, dimensions), { executor: 'native', threads: 1 })
  let feeds: Record<string, Tensor> = {}
  /** What the layer makes of a direction of inputs. */
  const through = (x: ArrayLike<number>, from: ArrayLike<number> | undefined) => {
    const made = from ? Float64Array.from(from) : new Float64Array(units)
    for (let j = 0; j < x.length; j++)
      for (let u = 0; u < units; u++) made[u]! += x[j]! * weights[j * units + u]!
    return made
  }
  return {
    aim({ point, directions }, { right }, labels) {
      const turned = new Float64Array(dimensions * units)
      for (let d = 0; d < directions.columns; d++)
        turned.set(through(directions.getColumn(d), undefined), d * units)
      const target = new Float64Array(candidates * classes)
      for (const [i, c] of labels.entries()) target[i * classes + c] = 1
      feeds = {
        turned: tensor(turned, [dimensions, units], 'float64'),
        at: tensor(through(point, offsets), [units], 'float64'),
        span: tensor(widened(right, dimensions + 1), [units, dimensions + 1], 'float64'),
        target: tensor(target, [candidates, classes], 'float64'),
      }
    },
    async look(t) {
      const found = await program.run({ ...feeds, t: tensor(t, [candidates, dimensions], 'float64') })
      const of = (name: string) => toFloat64(found[name]!)
      // The loss is the mean over candidates; slopes are those of each alone.
      const slopes = of('slopes').map((v) => v * candidates)
      return { outside: of('outside').map(Math.sqrt), slopes, uphill: of('uphill') }
    },
    close: () => program.close(),
  }
}

/** A matrix by rows, with columns of zeros behind. */
function widened(matrix: Matrix, columns: number): Float64Array {
  const data = new Float64Array(matrix.rows * columns)
  for (let i = 0; i < matrix.rows; i++)
    for (let j = 0; j < matrix.columns; j++) data[i * columns + j] = matrix.get(i, j)
  return data
}

/** Inputs `t`, `turned`, `at`, `span` and `target`; outputs `outside` (squared), `slopes` and `uphill`. */
function slopeGraph(
  { model, weights, loss, ...rest }: SeenUpdates,
  candidates: number,
  dimensions: number,
): Graph {
  const { layer } = firstDense({ model, weights, loss, ...rest })!
  const layers = arrange(model.layers)
  const after = layers.slice(layers.findIndex(({ name }) => name === layer.name) + 1)
  const t = input('t', [candidates, dimensions], 'float64')
  const turned = input('turned', [dimensions, layer.units], 'float64')
  const at = input('at', [layer.units], 'float64')
  const span = input('span', [layer.units, dimensions + 1], 'float64')
  const target = input('target', [candidates, ...model.output], 'float64')
  const reached = add(matmul(t, turned), at)
  const output = applyLayers(after, activate(layer.activation ?? 'linear', reached), {
    training: false,
    parameter: (p) => constantOf(inType(weightOf(p, weights), 'float64'), p.name),
  })
  const [slopes] = gradients(loss.build(output, target), [reached])
  const away = sub(slopes!, matmul(matmul(slopes!, span), transpose(span)))
  const whole = reduceSum(mul(slopes!, slopes!), [-1])
  const outside = div(reduceSum(mul(away, away), [-1]), add(whole, scalarLike(whole, 1e-60)))
  const [uphill] = gradients(reduceSum(log(add(outside, scalarLike(outside, least)))), [t])
  return graph({
    inputs: [t, turned, at, span, target],
    outputs: { outside, slopes: slopes!, uphill: uphill! },
  })
}
