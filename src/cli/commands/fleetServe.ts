// frostglass fleet serve: the coordinator of a fleet, until its rounds are done.

import { readFile } from 'node:fs/promises'
import { fileError } from '../../data/files.ts'
import { FrostglassError, printable } from '../../errors.ts'
import { fedAvg } from '../../fleet/algorithms/fedAvg.ts'
import type { Aggregation } from '../../fleet/coordinator/aggregation.ts'
import type { CoordinatorNews } from '../../fleet/coordinator/coordinator.ts'
import { type EnrolledNode, readNodes } from '../../fleet/coordinator/identity.ts'
import { inTheClear } from '../../fleet/coordinator/inTheClear.ts'
import { type FleetPlan, planOf } from '../../fleet/coordinator/plan.ts'
import { secureSum } from '../../fleet/coordinator/secureSum.ts'
import { type NamedWeights, readWeights, requireLayout } from '../../fleet/coordinator/weightsFile.ts'
import { readStep } from '../../fleet/learner/stepFile.ts'
import { farewell, type ServedFleet, serveFleet, weightsFile } from '../../serve/fleet/serveFleet.ts'
import type { JsonOption } from '../options.ts'
import { counted, print } from '../output.ts'
import { readTls } from './serveAccess.ts'

export interface FleetServeOptions extends JsonOption {
  readonly nodes: string
  readonly step: string
  readonly weights: string
  readonly state: string
  readonly rounds: number
  readonly sample?: FleetPlan['sample'] | undefined
  readonly min: number
  readonly available?: number | undefined
  readonly learningRate: number
  readonly epochs: number
  readonly batch: number
  readonly mostExamples?: number | undefined
  readonly limit?: number | undefined
  readonly secure?: boolean | undefined
  readonly corrupted?: number | undefined
  readonly dropouts?: number | undefined
  readonly noise?: number | undefined
  readonly clip?: number | undefined
  readonly workSeconds: number
  readonly stageSeconds: number
  readonly pollSeconds: number
  readonly failures: number
  readonly port: number
  readonly host: string
  readonly allowHost?: readonly string[] | undefined
  readonly tlsCert?: string | undefined
  readonly tlsKey?: string | undefined
}

/** What `frostglass fleet serve` does. */
export async function fleetServe(options: FleetServeOptions, signal: AbortSignal): Promise<void> {
  const { json, state: folder } = options
  const say = (line: string) => void (json || process.stderr.write(`${line}\n`))
  const nodes = readNodes(await text(options.nodes), options.nodes)
  const program = new Uint8Array(await bytes(options.step))
  const first = readWeights(await text(options.weights), options.weights)
  requireLayout(first, readStep(program, options.batch).layout, options.weights)
  // A disk that is full is so at each request: it is said once.
  let lastFault = ''
  const onFault = (error: unknown) => {
    const words =
      error instanceof FrostglassError
        ? printable(`${error.message}. ${error.hint ?? ''}`)
        : String((error as Error).stack)
    if (words !== lastFault) process.stderr.write(`fault: ${words}\n`)
    lastFault = words
  }
  const fleet = await serveFleet({
    folder,
    nodes,
    first,
    program,
    plan: planFrom(options),
    aggregation: aggregationFrom(options, nodes, first),
    host: options.host,
    port: options.port,
    allowHost: options.allowHost,
    tls: await readTls(options),
    ownProcess: true,
    // Words of nodes are among them: nothing in them is obeyed by a terminal.
    onNews(news) {
      lastFault = ''
      say(printable(wordsOf(news)))
    },
    called: calledOf(options),
    onFault,
  })
  try {
    const { done, rounds, nodes: counts } = fleet.status()
    // With --json, too: it may be the system that chose the port.
    process.stderr.write(
      `listening on ${fleet.url}: ${counted(counts.enrolled, 'node')} may join, ${done} of ${counted(rounds, 'round')} done. Ctrl-C stops it; the same command goes on.\n`,
    )
    if (fleet.status().state === 'over')
      say(`all rounds are done: nodes that ask in the next ${farewell} s are told`)
    else if (fleet.status().state === 'given up')
      say('the fleet was given up; with more --failures it goes on')
    await ended(fleet, signal)
    const status = fleet.status()
    const weights = weightsFile(folder, status.done)
    print(json, { url: fleet.url, ...status, weights }, () =>
      [`${status.done} of ${counted(status.rounds, 'round')} done`, `wrote ${weights}`].join('\n'),
    )
    if (status.state === 'given up')
      throw new FrostglassError(
        'policy',
        `${counted(options.failures, 'round')} in a row failed: the fleet is given up`,
        'See why above. With more --failures the same command goes on; another --state begins anew, with these weights.',
      )
    if (signal.aborted && status.state !== 'over')
      throw new FrostglassError('aborted', 'stopped before all rounds were done')
  } finally {
    await fleet.close({ grace: 2 })
  }
}

async function ended({ ended: end }: ServedFleet, signal: AbortSignal): Promise<void> {
  if (signal.aborted) return
  const stopped = new Promise<void>((stop) => signal.addEventListener('abort', () => stop(), { once: true }))
  await Promise.race([end, stopped])
}

const planFrom = (options: FleetServeOptions): FleetPlan =>
  planOf({
    rounds: options.rounds,
    sample: options.sample,
    least: options.min,
    available: options.available,
    workSeconds: options.workSeconds,
    stepSeconds: options.stageSeconds,
    pollSeconds: options.pollSeconds,
    failures: options.failures,
  })

function aggregationFrom(
  options: FleetServeOptions,
  nodes: readonly EnrolledNode[],
  { layout }: NamedWeights,
): Aggregation {
  const { secure, corrupted, dropouts, min, mostExamples, limit, noise, clip } = options
  requireTogether(options)
  requireListed(options, nodes.length)
  const { learningRate: rate, epochs, batch } = options
  const algorithm = fedAvg({ rate, epochs, batch })
  if (secure)
    return secureSum(algorithm, layout, {
      nodes,
      corrupted: corrupted ?? 0,
      dropouts: dropouts ?? 0,
      fewest: min,
      limit: limit ?? 4,
      mostExamples,
      noise: noise === undefined ? undefined : { multiplier: noise, clip: clip ?? 1 },
    })
  return inTheClear(algorithm, layout, { least: min, mostExamples, limit })
}

/** @throws FrostglassError `usage` for rounds that would wait for more nodes than there are */
function requireListed(options: FleetServeOptions, listed: number): void {
  const count = options.sample && 'count' in options.sample ? options.sample.count : 0
  for (const [name, wanted] of [
    ['min', options.min],
    ['available', options.available ?? 0],
    // Where so many are not wanted to be there, all that are there are asked.
    ['sample', options.available === undefined ? count : 0],
  ] as const)
    if (wanted > listed)
      throw new FrostglassError(
        'usage',
        `--${name} is of ${counted(wanted, 'node')}, and ${options.nodes} lists ${listed}`,
        'List more keys, or ask for fewer nodes.',
      )
}

/** The options by which a fleet began, by their places in what is kept of them. */
const calledOf = ({
  available,
  sample,
  limit,
  clip,
}: FleetServeOptions): Readonly<Record<string, string>> => ({
  least: '--min',
  available: available === undefined ? (sample === undefined ? '--min' : '--sample') : '--available',
  sample: '--sample',
  workSeconds: '--work-seconds',
  stepSeconds: '--stage-seconds',
  pollSeconds: '--poll-seconds',
  program: '--step',
  weights: '--weights',
  'aggregation.size': '--step',
  'aggregation.settings.rate': '--learning-rate',
  'aggregation.settings.epochs': '--epochs',
  'aggregation.settings.batch': '--batch',
  'aggregation.least': '--min',
  'aggregation.fewest': '--min',
  'aggregation.mostExamples': '--most-examples',
  'aggregation.limit': clip !== undefined && limit === undefined ? '--clip' : '--limit',
  'aggregation.noised': '--noise',
  'aggregation.noised.clip': '--clip',
  'aggregation.noised.exponent': '--noise',
  'aggregation.noise': '--noise',
  'aggregation.nodes': '--nodes',
  'aggregation.server': '--secure',
  'aggregation.bits': '--secure',
  'aggregation.precision': '--secure',
  'aggregation.corrupted': '--corrupted',
  'aggregation.dropouts': '--dropouts',
})

/** @throws FrostglassError `usage` for options of another aggregation */
function requireTogether(options: FleetServeOptions): void {
  const { secure, noise, clip } = options
  const alone = (['corrupted', 'dropouts', 'noise'] as const).find((name) => options[name] !== undefined)
  if (!secure && alone !== undefined)
    throw new FrostglassError('usage', `--${alone} is for secure sums`, 'Add --secure, or leave it out.')
  if (noise === undefined && clip !== undefined)
    throw new FrostglassError('usage', '--clip is for --noise', 'Name --limit, or add --noise.')
  if (noise !== undefined && options.limit !== undefined)
    throw new FrostglassError('usage', '--limit is for sums without --noise', 'Name --clip.')
}

function wordsOf(news: CoordinatorNews): string {
  if (news.what === 'came')
    return `${news.node} is here: ${news.present} of ${counted(news.wanted, 'node')} that a round waits for`
  const at = `round ${news.round}`
  switch (news.what) {
    case 'began':
      return `${at}: ${counted(news.nodes.length, 'node')} asked`
    case 'replied':
      return `${at}, stage ${news.stage}: ${news.node} ${news.refused === undefined ? 'replied' : `has no answer: ${news.refused}`}`
    case 'odd':
      return `${at}, stage ${news.stage}: ${news.node} is refused: ${news.why}`
    case 'stage':
      return `${at}, stage ${news.stage}: ${counted(news.asked, 'node')} asked${news.missing.length > 0 ? `; without ${news.missing.join(', ')}` : ''}`
    case 'done':
      return `${at}: new weights (${news.done} done)`
    case 'failed':
      return `${at} failed, and changes nothing: ${news.why}`
  }
}

const bytes = (path: string): Promise<Uint8Array> =>
  readFile(path).catch((error) => {
    throw fileError(error, path, 'reading')
  })

const text = async (path: string): Promise<string> => new TextDecoder().decode(await bytes(path))
