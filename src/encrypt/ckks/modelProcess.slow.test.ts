import { spawn } from 'node:child_process'
import { closeSync, existsSync, openSync, readdirSync, readFileSync, readlinkSync, readSync } from 'node:fs'
import type { Duplex } from 'node:stream'
import { fileURLToPath } from 'node:url'
import { afterAll, describe, expect, it } from 'vitest'
import { workerFile } from '../../learn/workers.ts'
import { seededRandom } from '../../random/seeded.ts'
import { openContext } from '../seal/context.ts'
import { unwrap } from '../seal/envelope.ts'
import type { ModelRequest } from './messages.ts'
import { planLogistic } from './modelPlan.ts'
import { startModelProcess, talkingTo } from './modelProcess.ts'
import { createCkksOwner } from './owner.ts'
import { trainModel } from './trainModel.ts'

const plan = planLogistic({ rows: 60, features: 3, learningRate: 1 })
const source = seededRandom(3)
const data = {
  x: Float32Array.from({ length: 180 }, () => source.normal()),
  labels: Uint8Array.from({ length: 60 }, (_, i) => i % 2),
}
const child = startModelProcess(plan)
afterAll(() => child.close())

/** All that a process may read in its own memory. */
function* memoryOf(pid: number): Generator<Buffer> {
  const file = openSync(`/proc/${pid}/mem`, 'r')
  for (const line of readFileSync(`/proc/${pid}/maps`, 'utf8').split('\n')) {
    const [, from, to] = /^([0-9a-f]+)-([0-9a-f]+) r[w-]/.exec(line) ?? []
    if (!from || !to || line.includes('[v')) continue
    const start = BigInt(`0x${from}`)
    const length = Number(BigInt(`0x${to}`) - start)
    // WebAssembly reserves gigabytes that it never touches: read piece by piece, and over a needle's length twice.
    const piece = 1 << 22
    for (let at = 0; at < length; at += piece - 64) {
      const bytes = Buffer.alloc(Math.min(piece, length - at))
      try {
        const read = readSync(file, bytes, 0, bytes.length, start + BigInt(at))
        yield bytes.subarray(0, read)
      } catch {
        break
      }
    }
  }
}

function found(needles: readonly Buffer[]): number[] {
  const seen = new Set<number>()
  for (const bytes of memoryOf(child.pid))
    needles.forEach((needle, i) => {
      if (!seen.has(i) && bytes.includes(needle)) seen.add(i)
    })
  return [...seen].sort()
}

describe('the process that trains', () => {
  it.skipIf(process.platform !== 'linux')(
    'holds no secret key and no weight: not in memory, not in messages, not in files',
    async () => {
      const owner = await createCkksOwner(plan.parameters)
      const messages: ModelRequest[] = []
      const weights: Float64Array[] = []
      const training = await trainModel(
        owner,
        plan,
        data,
        async (request) => {
          messages.push(request)
          const answer = await child.ask(request)
          if (answer.kind === 'weights')
            weights.push(owner.decrypt(answer.weights[0]!, { most: 128 }).slice(0, 3))
          return answer
        },
        { first: [[0, 0, 0]], steps: 3 },
      )
      // The key as it travels, and as SEAL holds it: 8-byte residues. A run of them is the key's alone.
      const { payload } = unwrap(owner.secret(), 'secret', plan.parameters)
      const context = await openContext(plan.parameters)
      const key = context.arena.own(new context.seal.SecretKey())
      key.loadFromArray(context.context, payload)
      const residues = Buffer.from(key.saveToArray(context.seal.ComprModeType.none) as Uint8Array)
      context.arena.close()
      const secrets = [
        ...[1000, 20_000, 300_000].map((at) => residues.subarray(at, at + 48)),
        Buffer.from(payload.slice(2000, 2048)),
      ]
      const plain = weights.map((w) => Buffer.from(Float64Array.from(w).buffer))
      // That the search finds what is there: rows were sent in the plain.
      const there = Buffer.from(data.x.buffer, 0, 48)
      expect(found([there, ...secrets, ...plain, Buffer.from(training.weights[0]!.buffer)])).toEqual([0])
      const sent = Buffer.concat(messages.map((m) => Buffer.from(JSON.stringify(m, bytesAsHex))))
      for (const needle of [...secrets, ...plain]) expect(sent.includes(needle.toString('hex'))).toBe(false)
      expect(sent.includes(there.toString('hex'))).toBe(true)
      // No file of its own is open, and its environment has the path alone.
      const files = readdirSync(`/proc/${child.pid}/fd`).flatMap((fd) => {
        const path = `/proc/${child.pid}/fd/${fd}`
        return existsSync(path) ? [readlinkSync(path)] : []
      })
      expect(files.filter((path) => path.startsWith('/') && !path.startsWith('/dev/'))).toEqual([])
      expect(readFileSync(`/proc/${child.pid}/environ`, 'utf8')).not.toMatch(/PASSPHRASE/)
      owner.close()
    },
  )

  it.skipIf(process.platform !== 'linux')('closes a file that it was left with', async () => {
    // As a library leaves one open that does not close at exec.
    const file = openSync(fileURLToPath(import.meta.url), 'r')
    const heir = spawn(process.execPath, [fileURLToPath(workerFile('modelWorker', import.meta.url))], {
      stdio: ['ignore', 'ignore', 'ignore', 'pipe', file],
    })
    const own = talkingTo(heir.stdio[3] as Duplex, plan, () => heir.kill())
    await expect(own.ask({ kind: 'steps', weights: [], blocks: [] })).rejects.toThrow(/keys come first/)
    const open = readdirSync(`/proc/${heir.pid}/fd`).map((fd) => {
      const path = `/proc/${heir.pid}/fd/${fd}`
      return existsSync(path) ? readlinkSync(path) : ''
    })
    expect(open.filter((path) => path.endsWith('.test.ts'))).toEqual([])
    heir.kill()
    closeSync(file)
  })

  it('says what it cannot do, and what a dead one means', async () => {
    await expect(
      child.ask({ kind: 'keys', plan, keys: { parameters: plan.parameters, rotations: new Uint8Array(99) } }),
    ).rejects.toMatchObject({ code: 'input' })
    const dead = startModelProcess(plan)
    const asked = dead.ask({ kind: 'steps', weights: [new Uint8Array(1)], blocks: [] })
    dead.close()
    await expect(asked).rejects.toThrow(/ended|keys come first/)
  })
})

const bytesAsHex = (_: string, value: unknown) =>
  ArrayBuffer.isView(value)
    ? Buffer.from(value.buffer, value.byteOffset, value.byteLength).toString('hex')
    : value
