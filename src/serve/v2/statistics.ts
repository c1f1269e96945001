// What each model has answered, and how long its runs took: the numbers of the statistics extension.
// Source: Triton's "Statistics Extension" of the Open Inference Protocol.
// It counts what this process measures: not the parts of a run (input, output), nor a cache, which there is none of.

import type { ModelSignature } from './contract.ts'

interface Counter {
  count: number
  nanoseconds: number
}

interface Counts {
  readonly success: Counter
  readonly fail: Counter
  readonly runs: Counter
  /** By rows in a run. */
  readonly batches: Map<number, Counter>
  rows: number
  /** Milliseconds since the epoch. */
  last: number
}

export interface Statistics {
  /** One run is over. */
  run(key: number, rows: number, milliseconds: number): void
  /** A request that fitted its model was answered, or not. @param milliseconds from its arrival */
  answered(key: number, rows: number, milliseconds: number, well: boolean): void
  /** As the extension tells it. */
  of(key: number, signature: Pick<ModelSignature, 'name' | 'version'>): object
}

// As many rows as --batch takes at most: what one client sends in a single request is counted under no size of its own.
const mostRows = 4096

/** Counts from nothing. */
export function createStatistics(): Statistics {
  const all = new Map<number, Counts>()
  const countsOf = (key: number): Counts => {
    const known = all.get(key)
    if (known) return known
    const made = {
      success: zero(),
      fail: zero(),
      runs: zero(),
      batches: new Map<number, Counter>(),
      rows: 0,
      last: 0,
    }
    all.set(key, made)
    return made
  }
  return {
    run(key, rows, milliseconds) {
      const { runs, batches } = countsOf(key)
      add(runs, milliseconds)
      if (rows > mostRows) return
      const batch = batches.get(rows) ?? zero()
      batches.set(rows, batch)
      add(batch, milliseconds)
    },
    answered(key, rows, milliseconds, well) {
      const counts = countsOf(key)
      add(well ? counts.success : counts.fail, milliseconds)
      if (!well) return
      counts.rows += rows
      counts.last = Date.now()
    },
    of(key, { name, version }) {
      const { success, fail, runs, batches, rows, last } = countsOf(key)
      const sizes = [...batches].sort(([a], [b]) => a - b)
      return {
        name,
        version,
        last_inference: last,
        inference_count: rows,
        execution_count: runs.count,
        inference_stats: { success: told(success), fail: told(fail), compute_infer: told(runs) },
        batch_stats: sizes.map(([size, counter]) => ({ batch_size: size, compute_infer: told(counter) })),
      }
    },
  }
}

const zero = (): Counter => ({ count: 0, nanoseconds: 0 })

function add(counter: Counter, milliseconds: number): void {
  counter.count++
  counter.nanoseconds += Math.round(1e6 * milliseconds)
}

const told = ({ count, nanoseconds }: Counter) => ({ count, ns: nanoseconds })
