// Where in a list of findings a metric stands: of all cells, of one attribute, or of the people who fare worst.
// Source: RFC 6901 for the pointer, which the page of a report shows beside each number.
// It finds what was measured; whether that says anything is for weakness.ts.

import type { Finding, Metric, MetricName } from '../finding.ts'

/** What of a finding is meant; over all cells, rows or samples if absent. JSON. */
export type Scope = 'worst-attribute' | 'worst-decile' | { readonly attribute: string }

/** Place of a metric in a list of findings. JSON. */
export interface Place {
  readonly finding: number
  /** Place of the attribute that it is of. */
  readonly attribute?: number | undefined
  /** Whether it is of the tenth of the people who fare worst. */
  readonly people?: true | undefined
  readonly metric: number
}

/** Every place in one finding where a metric stands, of what is meant. */
export function placesIn(
  found: Pick<Finding, 'metrics' | 'attributes' | 'people' | 'about'>,
  finding: number,
  name: MetricName,
  of?: Scope,
): Place[] {
  const at = (metrics: readonly Metric[] = [], where: Omit<Place, 'finding' | 'metric'> = {}): Place[] => {
    const metric = metrics.findIndex((m) => m.name === name)
    return metric < 0 ? [] : [{ finding, ...where, metric }]
  }
  if (of === undefined) return at(found.metrics)
  if (of === 'worst-decile') return at(found.people, { people: true })
  // Of images a finding is of one attribute, or of none.
  if (found.about !== undefined)
    return of === 'worst-attribute' || of.attribute === found.about ? at(found.metrics) : []
  return (found.attributes ?? []).flatMap((attribute, a) =>
    of === 'worst-attribute' || of.attribute === attribute.name
      ? at(attribute.metrics, { attribute: a })
      : [],
  )
}

/** The metric at a place. */
export function metricAt(
  findings: readonly Pick<Finding, 'metrics' | 'attributes' | 'people'>[],
  { finding, attribute, people, metric }: Place,
): Metric {
  const found = findings[finding]
  const metrics =
    attribute !== undefined
      ? found?.attributes?.[attribute]?.metrics
      : people
        ? found?.people
        : found?.metrics
  const at = metrics?.[metric]
  if (!at) throw new RangeError(`there is no metric ${metric} at finding ${finding}`)
  return at
}

/** The same as a JSON pointer from the report. */
export function pointerOf({ finding, attribute, people, metric }: Place): string {
  const within = attribute !== undefined ? `attributes/${attribute}/metrics` : people ? 'people' : 'metrics'
  return `/findings/${finding}/${within}/${metric}`
}
