// A process that answers encrypted images again and again, and says what memory and which SEAL handles it holds meanwhile.
// Source: ours, for src/encrypt/inference/memory.slow.test.ts: what WebAssembly holds, no garbage collector frees.
// It looks into Emscripten's bindings: each handle is made by `Object.create` with a property `$$`.

import { createBfvOwner, createCkksOwner, type PolynomialNetwork } from '../src/encrypt/index.ts'
import {
  decryptAnswer,
  encryptImage,
  latencyKeys,
  openLatencyService,
} from '../src/encrypt/inference/latency.ts'
import { compileLatency } from '../src/encrypt/inference/latencyChoice.ts'
import { decryptAnswers, encryptImages, openThroughputService } from '../src/encrypt/inference/throughput.ts'
import { quantiseFor } from '../src/encrypt/inference/throughputPlan.ts'
import { polynomialNetwork, sameMask } from './encryptedNetworks.ts'

/** What is held at one moment. */
export interface Held {
  /** SEAL handles that were not deleted. */
  readonly handles: number
  /** Bytes that WebAssembly has taken. */
  readonly heap: number
  /** Bytes of the process. */
  readonly resident: number
}

/** What the process prints. */
export interface Memory {
  /** After warm-up, after all rounds, and after all was closed. */
  readonly rounds: readonly [Held, Held, Held]
  /** After a service was opened for the keys and closed five times, and after fifteen times more. */
  readonly openings: readonly [Held, Held]
  /** Handles that were made in all: that they are counted at all. */
  readonly made: number
}

let heap: WebAssembly.Memory | undefined
const instantiate = WebAssembly.instantiate as (...args: unknown[]) => Promise<unknown>
Object.assign(WebAssembly, {
  instantiate: async (...args: unknown[]) => {
    const result = (await instantiate(...args)) as WebAssembly.WebAssemblyInstantiatedSource
    for (const own of Object.values(result.instance.exports))
      if (own instanceof WebAssembly.Memory) heap = own
    return result
  },
})

let made = 0
let living: { isDeleted(): boolean }[] = []
const create = Object.create as (prototype: object | null, properties?: PropertyDescriptorMap) => object
Object.assign(Object, {
  create: (prototype: object | null, properties?: PropertyDescriptorMap) => {
    const object = create(prototype, properties)
    if (properties && '$$' in properties) {
      made++
      living.push(object as { isDeleted(): boolean })
    }
    return object
  },
})

const sweep = () => {
  living = living.filter((handle) => !handle.isDeleted())
}

function held(): Held {
  sweep()
  globalThis.gc?.()
  return {
    handles: living.length,
    heap: heap?.buffer.byteLength ?? Number.NaN,
    resident: process.memoryUsage.rss(),
  }
}

interface Rounds {
  /** Encrypts, answers, decrypts. */
  round(): void
  /** Opens a service for the keys once more, and closes it. */
  reopen(): Promise<void>
  close(): void
}

/** Small: few rotations, few ciphertexts. */
const openers: Readonly<Record<string, () => Promise<Rounds>>> = {
  async latency() {
    const network = polynomialNetwork(
      64,
      { filters: 1, kernel: [2, 2], stride: [2, 2], padding: [0, 0] },
      { classes: 2 },
    )
    const { plan, quiet } = compileLatency(network)
    const mask = sameMask()
    const owner = await createCkksOwner(plan.parameters)
    const keys = latencyKeys(owner, plan)
    const service = await openLatencyService(plan, quiet, keys)
    const image = new Float64Array(64 * 64).fill(0.5)
    return {
      round: () =>
        void decryptAnswer(owner, plan, service.infer(encryptImage(owner, plan, image, mask())), mask()),
      reopen: async () => (await openLatencyService(plan, quiet, keys)).close(),
      close() {
        service.close()
        owner.close()
      },
    }
  },
  async throughput() {
    const unit = {
      kind: 'dense' as const,
      outputs: 1,
      weights: Float64Array.of(1),
      bias: Float64Array.of(0.5),
    }
    const network: PolynomialNetwork = { input: [1, 1, 1], layers: [unit, { kind: 'square' }, unit] }
    const mask = sameMask()
    const { whole, plan } = quantiseFor(network, 1)
    const owner = await createBfvOwner(plan.moduli[0]!)
    const keys = owner.evaluationKeys({ relinearisation: true, encryption: true })
    const service = await openThroughputService(whole, keys)
    return {
      round() {
        const answers = service.infer([...encryptImages(owner, plan, [[0.5]], mask())], 1)
        decryptAnswers([owner], plan, [answers], 1, mask())
      },
      reopen: async () => (await openThroughputService(whole, keys)).close(),
      close() {
        service.close()
        owner.close()
      },
    }
  },
}

const [packing, count] = process.argv.slice(2) as [string, string]
const rounds = await openers[packing]!()
const again = (times: number) => {
  for (let i = 0; i < times; i++) {
    rounds.round()
    sweep()
  }
  return held()
}
const reopen = async (times: number) => {
  for (let i = 0; i < times; i++) await rounds.reopen()
  return held()
}
const openings = [await reopen(5), await reopen(15)] as const
const [warm, after] = [again(20), again(Number(count))]
rounds.close()
const memory: Memory = { openings, rounds: [warm, after, held()], made }
process.stdout.write(JSON.stringify(memory))
