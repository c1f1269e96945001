// What a node keeps: as it was written, by its owner alone, and refused by name where it is damaged or somebody else's just now.

import { mkdtempSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, describe, expect, it } from 'vitest'
import { drawNodeKey, readNodeKey } from '../flower/nodeKey.ts'
import { nodeMemory } from '../flower/nodeMemory.ts'
import { packParcel } from './parcel.ts'
import { type KeptStage, withRoundMemory } from './roundMemory.ts'

const folder = mkdtempSync(join(tmpdir(), 'frostglass-memory-'))
afterAll(() => rmSync(folder, { recursive: true, force: true }))

const stages: readonly KeptStage[] = [
  { fleet: 'f', round: 1, stage: 0 },
  { fleet: 'f', round: 1, stage: 0, terms: 'clear', reply: Uint8Array.of(1, 2) },
  { fleet: 'f', round: 2, stage: 3, carried: Uint8Array.of(3) },
  { fleet: 'f', round: 2, stage: 4, terms: 't', reply: new Uint8Array(), carried: Uint8Array.of(4, 5) },
]

describe('a node’s memory', () => {
  it('holds the last stage that was written', async () => {
    const own = join(folder, 'deep', 'own')
    await withRoundMemory(own, async (memory) => {
      expect(await memory.read()).toBeUndefined()
      for (const stage of stages) {
        await memory.write(stage)
        expect(await memory.read()).toEqual({
          terms: undefined,
          reply: undefined,
          carried: undefined,
          ...stage,
        })
      }
    })
    expect(statSync(join(own, 'round.bin')).mode & 0o777).toBe(0o600)
    expect(statSync(own).mode & 0o777).toBe(0o700)
  })

  it('that is damaged anywhere in its head, or cut short, is refused by its name', async () => {
    const own = join(folder, 'damaged')
    await withRoundMemory(own, async (memory) => {
      await memory.write(stages[3]!)
      const path = join(own, 'round.bin')
      const whole = readFileSync(path)
      for (const bytes of [whole.subarray(0, 40), Buffer.alloc(0), Buffer.from('{}'), whole.subarray(8)]) {
        writeFileSync(path, bytes)
        await expect(memory.read()).rejects.toMatchObject({
          code: 'input',
          message: expect.stringContaining(`${path} is damaged`),
          hint: expect.stringMatching(/must not answer again/),
        })
      }
      const about = { fleet: 'f', round: 1, stage: 0, terms: null, reply: true, carried: false }
      for (const blocks of [[], [new Uint8Array(1), new Uint8Array(2)]]) {
        writeFileSync(path, packParcel({ about, blocks }))
        await expect(memory.read()).rejects.toMatchObject({ code: 'input' })
      }
    })
  })

  it('is one process’s, of whatever fleet it is a node: rounds that were paid for are counted there', async () => {
    const own = join(folder, 'shared')
    const key = readNodeKey(drawNodeKey())
    const busy = { code: 'io', message: `another process works as a node in ${own}` }
    await withRoundMemory(own, async () => {
      await expect(nodeMemory(own, key)).rejects.toMatchObject(busy)
      await expect(withRoundMemory(own, async () => undefined)).rejects.toMatchObject(busy)
    })
    const memory = await nodeMemory(own, key)
    await expect(withRoundMemory(own, async () => undefined)).rejects.toMatchObject(busy)
    memory.close()
    expect(await withRoundMemory(own, async () => 1)).toBe(1)
    // Given back by work that fails, too.
    await expect(withRoundMemory(own, () => Promise.reject(new Error('no')))).rejects.toThrow('no')
    expect(await withRoundMemory(own, async () => 2)).toBe(2)
    const file = join(own, 'round.bin')
    writeFileSync(file, '')
    await expect(withRoundMemory(file, async () => undefined)).rejects.toMatchObject({
      code: 'io',
      message: `${file}: making the folder failed: there is a file of this name`,
    })
  })
})
