// Encrypted inferences, and fifteen openings of keys, leave memory as it was; a thousand of them: npm run bench -- --only encrypt.
// Source: docs/architecture.md#computing-on-ciphertexts. In processes of their own (test/encryptedMemory.ts), one after the other, so that other tests keep a core.
// A small network: what is freed after an answer does not depend on how many rotations it took.

import { execFile } from 'node:child_process'
import { fileURLToPath } from 'node:url'
import { promisify } from 'node:util'
import { describe, expect, it } from 'vitest'
import type { Memory } from '../../../test/encryptedMemory.ts'

const script = fileURLToPath(new URL('../../../test/encryptedMemory.ts', import.meta.url))

async function memoryOf(packing: string, rounds: number): Promise<Memory> {
  const { stdout } = await promisify(execFile)(process.execPath, [
    '--expose-gc',
    script,
    packing,
    String(rounds),
  ])
  return JSON.parse(stdout) as Memory
}

describe('what an answer held', () => {
  it.each(['latency', 'throughput'])('is free again after it: %s', async (packing) => {
    const { rounds, openings, made } = await memoryOf(packing, 40)
    const [warm, after, closed] = rounds
    // Every handle that was made in a round is gone; those of the service and its owner are while they are open.
    expect(made).toBeGreaterThan(400)
    expect(after.handles).toBe(warm.handles)
    expect(closed.handles).toBe(0)
    expect(openings[1].handles).toBe(openings[0].handles)
    // WebAssembly's memory never shrinks: it grew no more. One ciphertext a round would be 40 MB.
    expect(after.heap).toBe(warm.heap)
    expect(openings[1].heap).toBe(openings[0].heap)
    expect(after.resident - warm.resident).toBeLessThan(30e6)
    expect(openings[1].resident - openings[0].resident).toBeLessThan(60e6)
  })
})
