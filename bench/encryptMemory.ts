// A thousand encrypted inferences of each packing: what memory grew by, and SEAL handles that were not freed.
// Source: docs/results/bench.md (native memory is released); test/encryptedMemory.ts runs in a process of its own.
// The network is small, so that a thousand take a minute.

import { execFile } from 'node:child_process'
import { fileURLToPath } from 'node:url'
import { promisify } from 'node:util'
import type { Memory } from '../test/encryptedMemory.ts'
import type { Context, Row } from './measurement.ts'

const script = fileURLToPath(new URL('../test/encryptedMemory.ts', import.meta.url))

/** Growth between a warm start and the end. */
export async function memoryRows({ quick, say }: Context): Promise<Row[]> {
  const rows: Row[] = []
  for (const packing of ['latency', 'throughput']) {
    const rounds = quick ? 50 : 1000
    say(`encrypt: memory of ${rounds} inferences, ${packing}`)
    const { stdout } = await promisify(execFile)(process.execPath, [
      '--expose-gc',
      script,
      packing,
      String(rounds),
    ])
    const [warm, after, closed] = (JSON.parse(stdout) as Memory).rounds
    const what = `encrypted, ${rounds.toLocaleString('en')} inferences (${packing})`
    const most = (value: number) => ({ of: 'ours', bound: 'at most', value }) as const
    rows.push(
      {
        what: `${what}: WebAssembly's memory grew by`,
        unit: `of ${(warm.heap / 1e6).toFixed(0)} MB`,
        ours: (after.heap - warm.heap) / 1e6,
        goal: most(0),
      },
      {
        what: `${what}: the process grew by`,
        unit: `of ${(warm.resident / 1e6).toFixed(0)} MB`,
        ours: (after.resident - warm.resident) / 1e6,
      },
      {
        what: `${what}: handles not freed, after close`,
        unit: '',
        ours: after.handles - warm.handles + closed.handles,
        goal: most(0),
      },
    )
  }
  return rows
}
