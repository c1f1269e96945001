// Encrypted inference: one image soon, and a batch of 8,192, against the bound of their operations; memory; TenSEAL.
// Source: docs/results/bench.md; CryptoNets' network. The bound is of these calls: see sealCalls.ts.
// One image takes one core; of a batch each core takes a plain modulus.

import { createCkksOwner } from '../src/encrypt/ckks/owner.ts'
import {
  answerPlainly,
  compileNetwork,
  createKeyHolder,
  type OperationTimes,
  readQuestion,
} from '../src/encrypt/index.ts'
import { answerQuestion } from '../src/encrypt/inference/answerThreads.ts'
import { readKeys } from '../src/encrypt/inference/keyHolder.ts'
import {
  decryptAnswer,
  encryptImage,
  latencyKeys,
  openLatencyService,
} from '../src/encrypt/inference/latency.ts'
import { compileLatency } from '../src/encrypt/inference/latencyChoice.ts'
import { answerWhole, wholePixels } from '../src/encrypt/inference/quantise.ts'
import { openThroughputService } from '../src/encrypt/inference/throughput.ts'
import { timesSince } from '../src/encrypt/seal/times.ts'
import { median } from '../src/statistics/median.ts'
import { digitNetwork, images as madeImages, polynomialNetwork, sameMask } from '../test/encryptedNetworks.ts'
import { memoryRows } from './encryptMemory.ts'
import { againstTenSeal } from './encryptPeers.ts'
import { type Context, type Measurement, type Row, timed } from './measurement.ts'
import { alone, boundOf, type SealCall, withSealCalls } from './sealCalls.ts'

/** The same for question and answer: what is timed or held does not depend on it. */
const mask = sameMask()

const bytesOf = (parts: readonly Uint8Array[]) => parts.reduce((sum, part) => sum + part.length, 0)

/** A measured number, with its samples. */
const rowOf = (what: string, unit: string, samples: readonly number[], goal?: number): Row => ({
  what,
  unit,
  ours: median(samples),
  goal: goal === undefined ? undefined : ({ of: 'ours', bound: 'at most', value: goal } as const),
  samples: { Frostglass: samples },
})

/** An answer's time against the sum of its operations alone, with the share of each. */
function againstBound(
  what: string,
  samples: readonly number[],
  calls: readonly SealCall[],
  times: OperationTimes,
  answers: number,
): Row {
  const [ours, theirs] = [median(samples), boundOf(calls) / 1000]
  const shares = Object.entries(times)
    .filter(([, { calls: count }]) => count > 0)
    .sort(([, a], [, b]) => b.milliseconds - a.milliseconds)
    .map(([name, { calls: count, milliseconds }]) => {
      const share = (milliseconds / answers / ours / 10).toFixed(1).padStart(5)
      const single = alone(calls, name)
      return `  ${name.padEnd(12)} ${share}%  ${(count / answers).toLocaleString('en').padStart(7)} calls of ${(milliseconds / count).toFixed(3)} ms${single === undefined ? '' : ` (alone ${single.toFixed(3)})`}`
    })
  return {
    what,
    unit: 's',
    ours,
    against: 'its operations, each alone',
    theirs,
    ratio: ours / theirs,
    goal: { of: 'ratio', bound: 'at most', value: 1.5 },
    note: `share of an answer's time\n${shares.join('\n')}`,
    samples: {
      Frostglass: samples,
      ...Object.fromEntries(
        calls.map(({ operation, primes, polynomials, count, samples: times }) => [
          `${operation}, ${primes} primes, ${polynomials} polynomials, ${count} calls: ms alone`,
          times,
        ]),
      ),
    },
  }
}

async function oneImage({ quick, say }: Context): Promise<Row[]> {
  say('encrypt: one image')
  const network = digitNetwork()
  const { plan, quiet } = compileLatency(network)
  const owner = await createCkksOwner(plan.parameters)
  const keys = latencyKeys(owner, plan)
  const service = await openLatencyService(plan, quiet, keys)
  const rounds = quick ? 6 : 40
  const images = madeImages(rounds, network.input[1])
  const samples = { encrypt: [] as number[], answer: [] as number[], decrypt: [] as number[] }
  const [up, down, off, sizes]: number[][] = [[], [], [], []]
  const timing = <T>(into: number[], work: () => T): T => {
    const start = performance.now()
    const result = work()
    into.push(performance.now() - start)
    return result
  }
  const whole = (image: Float64Array) => {
    const sent = timing(samples.encrypt, () => encryptImage(owner, plan, image, mask()))
    const answer = timing(samples.answer, () => service.infer(sent))
    const got = timing(samples.decrypt, () => decryptAnswer(owner, plan, answer, mask())!)
    const { answers } = answerPlainly(network, image)
    up!.push(bytesOf(sent) / 1000)
    down!.push(answer.length / 1000)
    off!.push(got.reduce((most, v, i) => Math.max(most, Math.abs(v - answers[i]!)), 0))
    sizes!.push(answers.reduce((most, v) => Math.max(most, Math.abs(v)), 0))
    return sent
  }
  try {
    const sent = whole(images[0]!)
    for (const kept of [...Object.values(samples), up!, down!, off!, sizes!]) kept.length = 0
    const before = structuredClone(service.times)
    for (const image of images.slice(0, rounds / 2)) whole(image)
    const half = structuredClone(service.times)
    // Between the halves, so that a machine that slows down slows both.
    const { calls } = await withSealCalls(() => service.infer(sent), quick ? 5 : 21)
    const again = structuredClone(service.times)
    for (const image of images.slice(rounds / 2)) whole(image)
    const first = timesSince(before, half)
    const second = timesSince(again, service.times)
    const times = Object.fromEntries(
      Object.entries(first).map(([name, sample]) => [
        name,
        {
          calls: sample.calls + second[name]!.calls,
          milliseconds: sample.milliseconds + second[name]!.milliseconds,
        },
      ]),
    )
    const what = 'encrypted, one image'
    const seconds = samples.answer.map((ms) => ms / 1000)
    return [
      rowOf(what, 's', seconds, 4),
      againstBound(what, seconds, calls, times, rounds),
      rowOf(`${what}: up`, 'kB', up!, 500),
      rowOf(`${what}: down`, 'kB', down!),
      rowOf(`${what}: encrypting it`, 'ms', samples.encrypt),
      rowOf(`${what}: decrypting its answer`, 'ms', samples.decrypt),
      rowOf(`${what}: keys, once`, 'MB', [bytesOf([keys.relinearisation!, keys.rotations!]) / 1e6]),
      {
        ...rowOf(`${what}: off by at most`, '', [Math.max(...off!)]),
        note: `the largest answer is ${median(sizes!).toPrecision(2)} (median)`,
      },
    ]
  } finally {
    service.close()
    owner.close()
  }
}

async function batch({ quick, say }: Context): Promise<Row[]> {
  const network = quick
    ? polynomialNetwork(14, { filters: 5, kernel: [5, 5], stride: [2, 2], padding: [1, 1] }, { units: 20 })
    : digitNetwork()
  const model = compileNetwork(network)
  const { throughput: plan } = model.plans
  const images = madeImages(quick ? 64 : plan!.images, network.input[1])
  const what = quick ? 'encrypted, a batch, 14×14 pixels and 20 units' : 'encrypted, a batch of 8,192 images'
  const holder = await createKeyHolder(model.card, 'throughput')
  try {
    say('encrypt: a batch is encrypted')
    const keys = holder.keys()
    let question: Uint8Array = new Uint8Array()
    const encrypting = await timed(1, async () => {
      question = new Uint8Array(Buffer.concat([...(await holder.question(images))]))
    })
    const answered: Awaited<ReturnType<typeof answerQuestion>>[] = []
    const both: number[] = []
    const busy: number[] = []
    const answerBoth = async () => {
      say('encrypt: a batch, a modulus on each of two cores')
      const before = process.cpuUsage()
      const ms = await timed(1, async () => {
        answered.push(await answerQuestion(model, keys, question, { workers: 2 }))
      })
      const { user, system } = process.cpuUsage(before)
      both.push(ms / 1000)
      busy.push((user + system) / 2e6)
    }
    await answerBoth()
    say('encrypt: a batch, one modulus on one core')
    const service = await openThroughputService(model.whole!, readKeys(keys, model.plans).keys[0]!)
    const row = readQuestion(question, model.plans).rows[0]!
    let single = 0
    const { calls } = await withSealCalls(() => {
      const start = performance.now()
      service.infer(row, images.length)
      single = (performance.now() - start) / 1000
    }, 21).finally(() => service.close())
    if (!quick) await answerBoth()
    const { answer } = answered[0]!
    const { exact: answers } = (await holder.read(answer)).forOwner()
    const checked = images.slice(0, 32)
    const wrong = checked.filter((image, i) =>
      answerWhole(model.whole!, wholePixels(model.whole!, image)).some(
        (v, o) => Number(v) / model.whole!.scale !== answers[i]![o],
      ),
    )
    return [
      { ...rowOf(`${what}, on two cores`, 's', both, 90), note: `${plan!.moduli.length} plain moduli` },
      // What is left of the time on a machine that does something else as well.
      rowOf(`${what}, on two cores: processor time a core`, 's', busy),
      againstBound(`${what}, one modulus on one core`, [single], calls, service.times, 1),
      rowOf(`${what}: encrypting it`, 's', [encrypting / 1000]),
      rowOf(`${what}: up`, 'MB', [question.length / 1e6]),
      rowOf(`${what}: down`, 'MB', [answer.length / 1e6]),
      rowOf(`${what}: keys, once`, 'MB', [keys.length / 1e6]),
      rowOf(`${what}: unlike the plain`, `of ${checked.length}`, [wrong.length], 0),
    ]
  } finally {
    holder.close()
  }
}

async function run(context: Context): Promise<Row[]> {
  return [
    ...(await oneImage(context)),
    ...(await batch(context)),
    ...(context.peers ? await againstTenSeal(context) : []),
    ...(await memoryRows(context)),
  ]
}

export const encrypt: Measurement = {
  name: 'encrypt',
  about:
    'encrypted inference: one image, a batch of 8,192, against the bound of their operations; memory; TenSEAL',
  run,
}
