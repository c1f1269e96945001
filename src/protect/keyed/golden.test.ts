// Keys of versions 1 and 2 and what they gave: a key made then decodes for ever.

import { readFileSync } from 'node:fs'
import { describe, expect, it } from 'vitest'
import { keyFrom } from './key.ts'
import { openKeyedPane } from './pane.ts'

interface GoldenKey {
  readonly record: { readonly version: number }
  readonly columns: readonly (readonly number[])[]
  readonly protected: readonly (readonly number[])[]
  readonly classes: readonly number[]
  readonly rowKeys: readonly string[]
}
const golden: Record<string, GoldenKey> = JSON.parse(
  readFileSync(new URL('./golden/keys.json', import.meta.url), 'utf8'),
)

describe.each(Object.entries(golden))('the key %s', (_, recorded) => {
  const pane = openKeyedPane(keyFrom(recorded.record))
  const columns = recorded.columns.map((values, j) =>
    pane.columns[j]!.kind === 'categorical' ? Int32Array.from(values) : Float64Array.from(values),
  )
  const rows = columns[0]!.length

  it('is read, and encodes as it did', async () => {
    const encoded = await pane.encode(columns, rows)
    recorded.protected.forEach((values, j) => {
      values.forEach((y, r) => {
        expect(Math.abs(encoded.columns[j]![r]! - y)).toBeLessThan(1e-13)
      })
    })
  })

  it('restores what it gave', async () => {
    const back = await pane.restore(
      recorded.protected.map((values) => Float64Array.from(values)),
      rows,
    )
    columns.forEach((values, j) => {
      values.forEach((x, r) => {
        expect(Math.abs(back[j]![r]! - x)).toBeLessThan(1e-9)
      })
    })
    // All of them are decimals, and come back as such; keys of version 1 do not say so of every column.
    if (recorded.record.version === 2) expect(back.map((values) => [...values])).toEqual(recorded.columns)
  })

  it('hides classes and orders rows as it did', () => {
    const map = pane.labels[0]?.map
    if (map?.task !== 'class') throw new Error('the recorded keys have classes')
    expect(Array.from(map.encode(Int32Array.of(0, 1, 2)))).toEqual(recorded.classes)
    expect(Array.from(pane.rowKeys(0, 3), String)).toEqual(recorded.rowKeys)
  })
})
