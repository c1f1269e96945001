// The order that sorting by key would give, without the rows: what an owner needs to undo it.
// Source: docs/architecture.md#tables.
// It does not promise to be random; it is as secret as the keys.

import { openWorkspace } from './files.ts'
import { createSorter } from './sorter.ts'

/**
 * Places of arrival, from 0, in ascending order of key, equal keys as they came; memory does not grow with the keys.
 * Row r of a table written `by-key` was the row of arrival at the r-th of these.
 * @param keys chunks of any sizes, such as were given to `write`
 * @param options.beside a path (need not exist) in whose folder temporary files may lie
 * @param options.keyBits keys are below 2^keyBits and spread evenly there; default 64
 * @throws FrostglassError `io` when the disk is full, `aborted`.
 */
export async function* orderOf(
  keys: AsyncIterable<BigUint64Array> | Iterable<BigUint64Array>,
  options: {
    readonly beside: string
    readonly keyBits?: number | undefined
    readonly signal?: AbortSignal | undefined
  },
): AsyncGenerator<Float64Array> {
  const { beside, keyBits = 64, signal } = options
  const workspace = openWorkspace(beside)
  const sorter = createSorter(1, { directory: workspace.folder, keyBits, signal })
  try {
    let arrived = 0
    for await (const chunk of keys) {
      const first = arrived
      await sorter.add(chunk, [Float64Array.from(chunk, (_, i) => first + i)])
      arrived += chunk.length
    }
    for await (const { columns } of sorter.sorted()) yield columns[0]!.slice()
  } finally {
    await sorter.close()
    workspace.remove()
  }
}
