// A step of private training against a plain step of the same network, and against Opacus: time, memory, the noise's share.
// Source: docs/results/bench.md; the network is the tanh CNN of the public tutorials (PyTorch's and TensorFlow's for DP-SGD on MNIST).
// Ours draws its samples and gathers its rows; Opacus gets one batch in memory, and noise that is not from a CSPRNG.

import { execFile } from 'node:child_process'
import { fileURLToPath } from 'node:url'
import { promisify } from 'node:util'
import { sizeOf } from '../src/graph/index.ts'
import { initialWeights, train } from '../src/learn/index.ts'
import { trainPrivately } from '../src/private/index.ts'
import { noisySum } from '../src/private/training/noisySum.ts'
import { systemRandom } from '../src/random/source.ts'
import { median } from '../src/statistics/median.ts'
import {
  type Contender,
  type Context,
  compare,
  type Goal,
  type Measurement,
  type Row,
  race,
  timed,
} from './measurement.ts'
import { startPeer } from './peers.ts'
import { privateOptions, tutorialCnn, tutorialData } from './privateModel.ts'

/** Steps of one sample. */
const steps = 16
const step: Goal = { of: 'ratio', bound: 'at most', value: 1.4 }
const memory: Goal = { of: 'ratio', bound: 'at most', value: 1.2 }
const opacus: Goal = { of: 'ratio', bound: 'at most', value: 0.7 }

const script = fileURLToPath(new URL('./privateMemory.ts', import.meta.url))
const peers = { hooks: 'Opacus, gradients by row', ghost: 'Opacus, ghost clipping' } as const

/** What is counted: milliseconds by the clock on all threads, or processor time on one, which other programs change little. */
type Counted = 'clock' | 'processor'

const processorTime = (): number => {
  const { user, system } = process.cpuUsage()
  return (user + system) / 1000
}

/** An epoch of `steps` steps: milliseconds each. */
function trainer(name: string, batch: number, counted: Counted): Contender {
  const data = tutorialData(steps * batch)
  const options = { ...privateOptions(batch), ...(counted === 'processor' ? { threads: 1 } : {}) }
  const epochs =
    name === 'Frostglass' ? trainPrivately(tutorialCnn, data, options) : train(tutorialCnn, data, options)
  return {
    name,
    async sample() {
      const before = processorTime()
      const ms = await timed(1, () => epochs.next())
      return (counted === 'clock' ? ms : processorTime() - before) / steps
    },
    close: async () => void (await epochs.return()),
  }
}

async function peerOf(name: string, mode: string, batch: number, counted: Counted): Promise<Contender> {
  const job = { job: 'step', batch, mode, threads: counted === 'processor' ? 1 : undefined }
  const peer = await startPeer('opacus', name, job, steps / 4)
  if (counted === 'clock') return peer
  return { ...peer, sample: async () => (await peer.ask())['cpu'] as number }
}

async function time(batch: number, counted: Counted, context: Context): Promise<Row[]> {
  const plain = 'its plain step'
  const contenders = [trainer('Frostglass', batch, counted), trainer(plain, batch, counted)]
  try {
    if (context.peers) {
      context.say('starting Opacus')
      for (const mode of ['hooks', 'ghost'] as const)
        contenders.push(await peerOf(peers[mode], mode, batch, counted))
      contenders.push(await peerOf('PyTorch, not private', 'plain', batch, counted))
    }
    const samples = await race(contenders, { rounds: context.quick ? 5 : 15 })
    const faster = Object.values(peers).toSorted(
      (a, b) => median(samples[a] ?? []) - median(samples[b] ?? []),
    )[0] as string
    const how = counted === 'processor' ? ', one thread, processor time' : ''
    const what = `a private step of the tutorials’ CNN, batch ${batch}${how}`
    return compare(what, 'ms', samples, { [plain]: step, [faster]: opacus })
  } finally {
    for (const contender of contenders) await contender.close()
  }
}

/** The noise of a step, alone. */
async function noiseRow(): Promise<Row> {
  const noise = noisySum(1, { batch: 256, most: 256 })
  const sums = Object.values(initialWeights(tutorialCnn, 0)).map(
    (w) => new Float64Array(sizeOf(w.shape as number[])),
  )
  const once = () => {
    for (const sum of sums) noise.release(sum, systemRandom)
  }
  const samples = await race([{ name: 'Frostglass', sample: () => timed(10, once), close: async () => {} }], {
    rounds: 15,
    warmUp: 5,
    pause: 0,
  })
  const count = sums.reduce((sum, chunk) => sum + chunk.length, 0)
  return {
    what: `the noise of a private step, ${count.toLocaleString('en')} weights`,
    unit: 'ms',
    ours: median(samples['Frostglass']!),
    samples,
  }
}

/** What a process grows by in three epochs, MiB: the median of some. */
async function space(batch: number, { quick }: Context): Promise<Row[]> {
  const grown = async (kind: 'private' | 'plain') => {
    const { stdout } = await promisify(execFile)(process.execPath, [script, kind, String(batch)])
    return JSON.parse(stdout) as number
  }
  const samples: Record<string, number[]> = { Frostglass: [], 'its plain training': [] }
  for (let i = 0; i < (quick ? 1 : 3); i++) {
    samples['Frostglass']?.push(await grown('private'))
    samples['its plain training']?.push(await grown('plain'))
  }
  return compare(`memory of private training, batch ${batch}`, 'MiB', samples, {
    'its plain training': memory,
  })
}

async function run(context: Context): Promise<Row[]> {
  const rows: Row[] = []
  for (const batch of [256, 1024])
    for (const counted of ['clock', 'processor'] as const) rows.push(...(await time(batch, counted, context)))
  rows.push(await noiseRow())
  for (const batch of [256, 1024]) rows.push(...(await space(batch, context)))
  return rows
}

export const privateTraining: Measurement = {
  name: 'private',
  about: 'a step of private training, its memory and its noise, against a plain step and Opacus',
  run,
}
