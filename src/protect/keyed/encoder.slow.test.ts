import { describe, expect, it } from 'vitest'
import { memoryTable } from '../../../test/memoryTable.ts'
import { createKey } from './create.ts'
import { openKeyedPane } from './pane.ts'
import { blockRows } from './program.ts'

const secret = Uint8Array.from({ length: 32 }, (_, i) => 5 * i + 1)
const sample = memoryTable({ x: [-1, 0.5, 1], y: [10, 20, 40] })

/** Columns of a block, different in each. */
function block(index: number, rows: number): Float64Array[] {
  return [
    Float64Array.from({ length: rows }, (_, r) => Math.sin(index + r / 100)),
    Float64Array.from({ length: rows }, (_, r) => 25 + 15 * Math.cos(index * r)),
  ]
}

async function openPane() {
  const { key } = await createKey(sample, { secret, layers: 3 })
  return openKeyedPane(key)
}

describe('encodeBlock', () => {
  it('gives what encode gives, bit for bit, in this thread and in its own, asked one block ahead', async () => {
    const pane = await openPane()
    const other = await openPane()
    // Long enough for the other thread to start and take over, and a short block at the end.
    const sizes = [...new Array<number>(120).fill(blockRows), 1000]
    let before: { index: number; encoded: ReturnType<typeof pane.encodeBlock> } | undefined
    const check = async () => {
      if (!before) return
      const { index, encoded } = before
      const { columns, outside } = await encoded
      const expected = await other.encode(block(index, sizes[index]!), sizes[index]!)
      columns.forEach((column, j) => {
        expect(Buffer.compare(bytes(column), bytes(expected.columns[j]!))).toBe(0)
      })
      expect(outside).toEqual(expected.outside)
      if (index % 30 === 29) await new Promise((resolve) => setTimeout(resolve, 100))
    }
    for (let index = 0; index < sizes.length; index++) {
      const columns = block(index, sizes[index]!)
      const encoded = pane.encodeBlock(columns, sizes[index]!, 0)
      // It has read them.
      for (const column of columns) column.fill(0)
      await check()
      before = { index, encoded }
    }
    await check()
    await Promise.all([pane.close(), other.close()])
  })

  it('names the row of a value that is not finite, and goes on', async () => {
    const pane = await openPane()
    const bad = [Float64Array.of(0, Number.NaN), Float64Array.of(10, 20)]
    await expect(pane.encodeBlock(bad, 2, 100)).rejects.toThrow("row 102, column 'x'")
    const { columns } = await pane.encodeBlock([Float64Array.of(0), Float64Array.of(10)], 1, 0)
    expect(columns[0]).toHaveLength(1)
    await pane.close()
  })

  it('may be closed while blocks are being encoded', async () => {
    const pane = await openPane()
    for (let index = 0; index < 40; index++) await pane.encodeBlock(block(index, blockRows), blockRows, 0)
    void pane.encodeBlock(block(0, blockRows), blockRows, 0)
    await pane.close()
  })
})

function bytes(values: Float64Array): Uint8Array {
  return new Uint8Array(values.buffer, values.byteOffset, values.byteLength)
}
