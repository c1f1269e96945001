// The V2 service under 1, 8 and 64 clients: requests a second, median and 99th percentile, errors; JSON against binary.
// Source: docs/results/bench.md: InfNet-MLP on one 28×28 image a request.
// The clients run in a process of their own on the same machine, so they take their share of its cores.

import { execFile, spawn } from 'node:child_process'
import { once } from 'node:events'
import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { promisify } from 'node:util'
import { type RunningService, startService } from '../src/serve/v2/index.ts'
import { median } from '../src/statistics/median.ts'
import { classifierModel, tinyModel } from '../test/servedModels.ts'
import { type Context, compare, type Measurement, type Row, race } from './measurement.ts'
import { findPython } from './peers.ts'

/** What askServer.ts prints. */
interface Asked {
  readonly perSecond: number
  /** Milliseconds. */
  readonly p50: number
  readonly p99: number
  readonly requests: number
  readonly errors: number
}

const script = fileURLToPath(new URL('./askServer.ts', import.meta.url))
const probeScript = fileURLToPath(new URL('./probeServer.ts', import.meta.url))

async function run({ quick, peers, say }: Context): Promise<Row[]> {
  const models = [{ name: 'digits', bytes: classifierModel() }]
  const joined = await startService({ models, port: 0, ownProcess: true })
  const apart = await startService({ models, port: 0, ownProcess: true, limits: { batch: 1 } })
  try {
    const found: Row[] = []
    for (const clients of [1, 8, 64]) {
      say(`server: ${clients} clients`)
      found.push(...(await compareWays(clients, joined, apart, quick)))
    }
    say('server: probes during 30 MB of JSON')
    found.push(...(await probeLarge(joined, quick)))
    if (peers) {
      say('server: seven numbers a request, against FastAPI')
      found.push(...(await compareTiny(quick)))
    }
    return found
  } finally {
    await joined.close()
    await apart.close()
  }
}

/** Whether a load balancer's probe is answered while a large body comes, is read and is answered. */
async function probeLarge({ url }: RunningService, quick: boolean): Promise<Row[]> {
  const longest: number[] = []
  const took: number[] = []
  for (let round = 0; round < (quick ? 1 : 5); round++) {
    const { stdout } = await promisify(execFile)(process.execPath, [probeScript, url, '30'])
    const asked = JSON.parse(stdout) as { readonly longest: number; readonly took: number }
    longest.push(asked.longest)
    took.push(asked.took)
  }
  return [
    {
      what: 'server, 30 MB of JSON: longest probe',
      unit: 'ms',
      ours: median(longest),
      goal: { of: 'ours', bound: 'at most', value: 200 },
    },
    { what: 'server, 30 MB of JSON: the request', unit: 'ms', ours: median(took) },
  ]
}

/** Seven numbers in JSON to a tiny model, from 64 clients, against a bare FastAPI in front of ONNX Runtime. */
async function compareTiny(quick: boolean): Promise<Row[]> {
  const folder = await mkdtemp(join(tmpdir(), 'frostglass-bench-'))
  const file = join(folder, 'tiny.onnx')
  await writeFile(file, tinyModel())
  const models = [{ name: 'tiny', bytes: tinyModel() }]
  const own = await startService({ models, port: 0, ownProcess: true })
  const child = spawn(findPython(), [
    fileURLToPath(new URL('./peers/fastapi_peer.py', import.meta.url)),
    file,
  ])
  try {
    const [port] = await once(child.stdout, 'data')
    const contender = (name: string, url: string) => ({
      name,
      async sample() {
        const args = [script, `${url}/v2/models/tiny`, '64', quick ? '1' : '3', 'tiny']
        const { stdout } = await promisify(execFile)(process.execPath, args)
        const answer = JSON.parse(stdout) as Asked
        if (answer.errors > 0) throw new Error(`${name}: ${answer.errors} requests failed`)
        return answer.perSecond
      },
      close: async () => {},
    })
    const theirs = contender('FastAPI', `http://127.0.0.1:${Number(port)}`)
    const samples = await race([contender('ours', own.url), theirs], {
      rounds: quick ? 3 : 9,
      warmUp: 1,
      pause: 200,
    })
    const goal = { of: 'ratio', bound: 'at least', value: 1 } as const
    return compare('server, 64 clients, seven numbers in JSON', 'requests/s', samples, { FastAPI: goal })
  } finally {
    child.stdin.end()
    await own.close()
    await rm(folder, { recursive: true })
  }
}

/** Binary in joined runs against the same each alone, and against JSON. */
async function compareWays(
  clients: number,
  joined: RunningService,
  apart: RunningService,
  quick: boolean,
): Promise<Row[]> {
  const asked: Asked[] = []
  const contender = (name: string, { url }: RunningService, how: 'json' | 'binary', kept?: Asked[]) => ({
    name,
    async sample() {
      const args = [script, `${url}/v2/models/digits`, String(clients), quick ? '1' : '3', how]
      const { stdout } = await promisify(execFile)(process.execPath, args)
      const answer = JSON.parse(stdout) as Asked
      if (kept) kept.push(answer)
      else asked.push({ ...answer, perSecond: 0 })
      return answer.perSecond
    },
    close: async () => {},
  })
  const ours: Asked[] = []
  const samples = await race(
    [
      contender('binary, joined', joined, 'binary', ours),
      contender('each alone', apart, 'binary'),
      contender('JSON', joined, 'json'),
    ],
    { rounds: quick ? 1 : 5, warmUp: 0, pause: 200 },
  )
  const what = `server, ${clients} client${clients === 1 ? '' : 's'}`
  const perSecond = median(samples['binary, joined']!)
  const rows: Row[] = ['each alone', 'JSON'].map((against) => {
    const theirs = median(samples[against]!)
    return { what, unit: 'requests/s', ours: perSecond, against, theirs, ratio: perSecond / theirs, samples }
  })
  const errors = [...ours, ...asked].reduce((sum, answer) => sum + answer.errors, 0)
  return [
    ...rows,
    { what: `${what}: median`, unit: 'ms', ours: median(ours.map(({ p50 }) => p50)) },
    { what: `${what}: 99th percentile`, unit: 'ms', ours: median(ours.map(({ p99 }) => p99)) },
    {
      what: `${what}: errors`,
      unit: `of ${[...ours, ...asked].reduce((sum, answer) => sum + answer.requests, 0)}`,
      ours: errors,
      goal: { of: 'ours', bound: 'at most', value: 0 },
    },
  ]
}

export const server: Measurement = {
  name: 'server',
  about: 'the V2 service under 1, 8 and 64 clients, one 28×28 image through InfNet-MLP a request',
  run,
}
