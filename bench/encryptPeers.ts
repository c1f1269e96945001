// One encrypted image through the network of TenSEAL's tutorial: ours against TenSEAL, with the same weights.
// Source: Benaissa et al. 2021 (TenSEAL): four 7×7 maps at stride 3, square, 64 units, square, 10; im2col; CKKS at degree 8192.
// An answer is timed from the image's bytes to the answer's. Both are held against the same answers in the plain.

import { createCkksOwner } from '../src/encrypt/ckks/owner.ts'
import { answerPlainly } from '../src/encrypt/index.ts'
import {
  decryptAnswer,
  encryptImage,
  latencyKeys,
  openLatencyService,
} from '../src/encrypt/inference/latency.ts'
import { compileLatency } from '../src/encrypt/inference/latencyChoice.ts'
import type { ConvLayer, DenseLayer } from '../src/encrypt/inference/network.ts'
import { tensor } from '../src/graph/index.ts'
import { images, polynomialNetwork, sameMask } from '../test/encryptedNetworks.ts'
import { type Contender, type Context, compare, type Row, race } from './measurement.ts'
import type { Arrays } from './models.ts'
import { type Answer, startPeer, threads, withArrays } from './peers.ts'

/** The same for question and answer: what is timed or held does not depend on it. */
const mask = sameMask()

/** What a contender says of an image besides its time. */
interface Told {
  /** Milliseconds. */
  readonly encrypt: number
  readonly decrypt: number
  /** Bytes. */
  readonly up: number
  readonly down: number
  /** Largest difference from the plain answers. */
  readonly off: number
}

const network = polynomialNetwork(
  28,
  { filters: 4, kernel: [7, 7], stride: [3, 3], padding: [0, 0] },
  { units: 64 },
)
const tutorial = { degree: 8192, primes: [31, 26, 26, 26, 26, 26, 26, 31], precision: 26 }

/** Rows of ours against TenSEAL with all cores (its default) and with one, as ours. */
export async function againstTenSeal({ quick, say }: Context): Promise<Row[]> {
  const image = images(1, network.input[1])[0]!
  const plain = answerPlainly(network, image).answers
  const [conv, , hidden, , last] = network.layers as unknown as [
    ConvLayer,
    unknown,
    DenseLayer,
    unknown,
    DenseLayer,
  ]
  const arrays: Arrays = {
    image: tensor(image, [28, 28], 'float64'),
    plain: tensor(plain, [10], 'float64'),
    kernels: tensor(conv.weights, [4, 7, 7], 'float64'),
    maps: tensor(conv.bias, [4], 'float64'),
    hidden: tensor(hidden.weights, [hidden.weights.length / 64, 64], 'float64'),
    units: tensor(hidden.bias, [64], 'float64'),
    last: tensor(last.weights, [64, 10], 'float64'),
    classes: tensor(last.bias, [10], 'float64'),
  }
  return withArrays(arrays, async (folder) => {
    say('encrypt: TenSEAL')
    const measured = new Map<string, Told[]>()
    const tell = (name: string, sample: Told) => measured.set(name, [...(measured.get(name) ?? []), sample])
    const ours = await openOurs(image, plain, (sample) => tell(ours.name, sample))
    const contenders: (Contender & { readonly keys: number })[] = [ours]
    try {
      for (const count of [threads, 1]) {
        const name = `TenSEAL, ${count === 1 ? 'one thread' : `${count} threads`}`
        const peer = await startPeer('tenseal', name, { job: 'image', folder, ...tutorial, threads: count })
        contenders.push({
          name,
          keys: peer.ready['keys'] as number,
          async sample() {
            const answer: Answer = await peer.ask()
            tell(name, answer as unknown as Told)
            return answer['answer'] as number
          },
          close: peer.close,
        })
      }
      const samples = await race(contenders, { rounds: quick ? 2 : 9 })
      return rowsOf(samples, measured, contenders)
    } finally {
      for (const contender of contenders) await contender.close()
    }
  })
}

function rowsOf(
  samples: Readonly<Record<string, readonly number[]>>,
  measured: ReadonlyMap<string, readonly Told[]>,
  contenders: readonly { readonly name: string; readonly keys: number }[],
): Row[] {
  const what = 'encrypted, one image, the network of TenSEAL’s tutorial'
  const names = [contenders[0]!.name, contenders[1]!.name]
  const of = (field: keyof Told, unit: number) =>
    Object.fromEntries(names.map((name) => [name, measured.get(name)!.map((sample) => sample[field] / unit)]))
  const off = names.map((name) => Math.max(...measured.get(name)!.map((sample) => sample.off)))
  const inSeconds = Object.fromEntries(
    Object.entries(samples).map(([name, ms]) => [name, ms.map((v) => v / 1000)]),
  )
  const keys = Object.fromEntries(
    contenders.slice(0, 2).map(({ name, keys: bytes }) => [name, [bytes / 1e6]]),
  )
  return [
    ...compare(what, 's', inSeconds).map((row) => ({
      ...row,
      note: `off from the plain by at most ${off.map((v, i) => `${v.toPrecision(2)} (${names[i]})`).join(', ')}`,
    })),
    ...compare(`${what}: up`, 'kB', of('up', 1000)),
    ...compare(`${what}: down`, 'kB', of('down', 1000)),
    ...compare(`${what}: encrypting it`, 'ms', of('encrypt', 1)),
    ...compare(`${what}: decrypting its answer`, 'ms', of('decrypt', 1)),
    ...compare(`${what}: keys, once`, 'MB', keys),
  ]
}

async function openOurs(image: Float64Array, plain: Float64Array, tell: (sample: Told) => void) {
  const { plan, quiet } = compileLatency(network)
  const owner = await createCkksOwner(plan.parameters)
  const keys = latencyKeys(owner, plan)
  const service = await openLatencyService(plan, quiet, keys)
  return {
    name: 'Frostglass, one thread',
    keys: keys.relinearisation!.length + keys.rotations!.length,
    async sample() {
      const start = performance.now()
      const sent = encryptImage(owner, plan, image, mask())
      const encrypted = performance.now()
      const answer = service.infer(sent)
      const answered = performance.now()
      const got = decryptAnswer(owner, plan, answer, mask())!
      const end = performance.now()
      tell({
        encrypt: encrypted - start,
        decrypt: end - answered,
        up: sent.reduce((sum, { length }) => sum + length, 0),
        down: answer.length,
        off: got.reduce((most, v, i) => Math.max(most, Math.abs(v - plain[i]!)), 0),
      })
      return answered - encrypted
    },
    async close() {
      service.close()
      owner.close()
    },
  }
}
