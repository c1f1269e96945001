// What a node looks at before a reply leaves it: one odd reply kills a run of FedAvg, or becomes its model.
// Source: Flower 1.42, serverapp/strategy/strategy_utils.py, and what a live server did with odd replies (1.41, 1.42).
// It holds a reply against the message and the node's earlier replies; whether the numbers are well trained it cannot tell.

import { FrostglassError } from '../../errors.ts'
import type { Tensor } from '../../graph/index.ts'
import { arrayOf, sizeOf } from '../../graph/tensor.ts'
import { type Arrays, type Content, oneRecord } from './content.ts'
import type { Received } from './exchange.ts'
import type { Metrics, MetricValue } from './records.ts'

/** The metric that a server weighs a reply by. */
const weight = 'num-examples'

/** Runs whose names are remembered: a node that lives for years meets many. */
const mostRuns = 100

/**
 * Looks at a reply before it is sent.
 * @throws FrostglassError 'input' for a reply that a server could not average, with what is odd in it
 */
export type ReplyCheck = (message: Received, answer: Content) => void

/** A check that knows a node's earlier replies: metrics that change their names within a run end it. */
export function replyCheck(): ReplyCheck {
  const first = new Map<string, string>()
  return ({ metadata, content }, answer) => {
    const { runId, messageType } = metadata
    const trains = messageType === 'train'
    // Messages of other types are between the server's own program and whoever answers it.
    if (!trains && messageType !== 'evaluate') return
    const kinds = [...answer.values()].map((record) => Object.keys(record)[0]!)
    const expected = trains ? ['arrays', 'metrics'] : ['metrics']
    if (kinds.toSorted().join() !== expected.join())
      throw odd(
        `it has records of ${kinds.join(', ') || 'nothing'}, and ${expected.join(' and ')} is expected`,
      )
    if (trains) {
      const [named, came] = [nameOf(answer, 'arrays'), nameOf(content, 'arrays')]
      if (named !== came) throw odd(`its arrays are called '${named}', and came as '${came}'`)
      requireAlike(oneRecord(content, 'arrays'), oneRecord(answer, 'arrays'))
    }
    const metrics = oneRecord(answer, 'metrics')
    requireCount(metrics.get(weight))
    for (const [name, value] of metrics) requireFinite(name, value)
    const form = formOf(nameOf(answer, 'metrics'), metrics)
    const place = `${runId} ${messageType}`
    const before = first.get(place) ?? form
    if (before !== form) throw odd(`its metrics are ${form}, and were ${before} before in this run`)
    first.set(place, form)
    if (first.size > 2 * mostRuns) first.delete(first.keys().next().value!)
  }
}

/** What the only record of a kind is called. */
const nameOf = (content: Content, kind: 'arrays' | 'metrics'): string | undefined =>
  [...content].find(([, record]) => kind in record)?.[0]

/** Names, order, dtypes and shapes are those that came, and all numbers are finite. */
function requireAlike(came: Arrays, made: Arrays): void {
  const names = (arrays: Arrays) => JSON.stringify([...arrays.keys()])
  if (names(came) !== names(made)) throw odd(`its arrays are ${names(made)}, and ${names(came)} came`)
  for (const [name, array] of made) {
    const model = came.get(name)!
    const form = ({ dtype, shape }: Tensor) => `[${shape}] of ${dtype}`
    if (form(array) !== form(model))
      throw odd(`array '${name}' is ${form(array)}, and came as ${form(model)}`)
    const { data, dtype, shape } = array
    if (!(data instanceof arrayOf(dtype)) || data.length !== sizeOf(shape))
      throw odd(`array '${name}' does not hold what its shape and dtype say`)
    const at = firstNotFinite(array)
    if (at >= 0) throw odd(`entry ${at} of array '${name}' is not finite`)
  }
}

/** Where an array is NaN or infinite first, or -1. Halves are kept as their bits: an exponent of ones. */
function firstNotFinite({ dtype, data }: Tensor): number {
  if (data instanceof Float32Array || data instanceof Float64Array)
    return data.findIndex((value) => !Number.isFinite(value))
  if (dtype === 'float16' && data instanceof Uint16Array)
    return data.findIndex((bits) => (bits & 0x7c00) === 0x7c00)
  return -1
}

/** The weight is one whole number above nothing, which a double holds exactly. */
function requireCount(value: MetricValue | undefined): void {
  if (value === undefined) throw odd(`it has no metric '${weight}'`)
  if (!('integer' in value)) throw odd(`'${weight}' is no single whole number`)
  if (value.integer <= 0n || value.integer > BigInt(Number.MAX_SAFE_INTEGER))
    throw odd(`'${weight}' is ${value.integer}, and a number of examples is expected`)
}

function requireFinite(name: string, value: MetricValue): void {
  const doubles = 'double' in value ? [value.double] : 'doubles' in value ? value.doubles : []
  if (!doubles.every(Number.isFinite)) throw odd(`metric '${name}' is not finite`)
}

/** Names of the record and its metrics with their kinds, lists with their lengths: a server adds them place by place. */
function formOf(record: string | undefined, metrics: Metrics): string {
  const kinds = [...metrics]
    .map(([name, value]) => {
      const [[kind, numbers]] = Object.entries(value) as [[string, unknown]]
      return `${JSON.stringify(name)} ${kind}${Array.isArray(numbers) ? ` ×${numbers.length}` : ''}`
    })
    .toSorted()
  return `'${record}' (${kinds.join(', ')})`
}

const odd = (why: string): FrostglassError =>
  new FrostglassError(
    'input',
    `the reply is not sent: ${why}`,
    'Mend what this node answers with: of other nodes’ replies an average could not be made with it.',
  )
