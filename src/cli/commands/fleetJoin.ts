// frostglass fleet join: a private node of a Flower fleet, until Ctrl-C.
// Source: src/fleet/flower/joinFleet.ts; src/fleet/privacy/PROOF.md says what may leave.
// It tells its owner what was paid, and its operator nothing that rows decide.

import { readFile } from 'node:fs/promises'
import { basename } from 'node:path'
import { fileError, writeFileAtomic } from '../../data/files.ts'
import { FrostglassError } from '../../errors.ts'
import type { NodeKey } from '../../fleet/flower/contract.ts'
import { type JoinNews, joinFleet, type Protection, termsOf } from '../../fleet/flower/joinFleet.ts'
import type { NodeTask } from '../../fleet/flower/localRounds.ts'
import { drawNodeKey, readNodeKey } from '../../fleet/flower/nodeKey.ts'
import { connectTo } from '../../fleet/flower/transport.ts'
import { spentAfter } from '../../fleet/privacy/roundPrice.ts'
import { tensor } from '../../graph/index.ts'
import type { Ledger } from '../../private/index.ts'
import { readStated } from '../../private/schema/readStated.ts'
import { digits } from '../../statistics/figures.ts'
import { openForSpending } from '../ledgerOption.ts'
import type { JsonOption } from '../options.ts'
import { counted, print, warn } from '../output.ts'
import { type FleetTask, type FleetTaskOptions, fleetTask } from './fleetStep.ts'

export interface FleetJoinOptions extends FleetTaskOptions, JsonOption {
  readonly data: string
  readonly epsilon: number
  readonly delta?: number | undefined
  readonly rounds: number
  readonly ledger: string
  readonly key: string
  readonly state: string
  readonly ca?: string | undefined
  readonly registered?: boolean | undefined
  readonly insecure?: boolean | undefined
  readonly unit: 'table' | 'row'
  readonly clip: number
  readonly clipping: 'flat' | 'per-layer' | 'automatic'
  readonly shareOf?: number | undefined
  readonly trustServer?: boolean | undefined
  readonly learningRate: number
  readonly batch: number
  readonly epochs: number
  readonly examples: number
  readonly metric?: Readonly<Record<string, number>> | undefined
  readonly limit: number
  readonly answerAtLimit?: boolean | undefined
  readonly replies?: number | undefined
  readonly nullText?: string[] | undefined
  readonly header?: boolean | undefined
  readonly delimiter?: string | undefined
}

/** What `frostglass fleet join` does. */
export async function fleetJoin(url: string, options: FleetJoinOptions, signal: AbortSignal): Promise<void> {
  const { json, state, rounds, limit, replies } = options
  const protection = protectionOf(options)
  const { call, secure, close } = connectTo(url, { ca: await certificatesOf(options.ca) })
  let ledger: Ledger | undefined
  try {
    requireCover(url, secure, options)
    const stated = await fleetTask(options)
    ledger = openForSpending(options.ledger)
    const { delta = ledger.budget.delta, epsilon } = options
    const task = await readTask(stated, options, signal)
    const budget = { epsilon, delta, rounds, composition: ledger.budget.composition }
    const terms = termsOf(protection, task, budget)
    const key = await nodeKeyOf(options.key)
    const warnings = warningsOf(stated, ledger, options)
    warn(json, warnings)
    const told = { paid: 0, replied: 0, refused: 0 }
    const say = (line: string) => void (json || process.stderr.write(`${line}\n`))
    // A ledger of another budget counts by an order of its own: what it will say of these rounds, told beforehand.
    const { epsilon: inLedger } = spentAfter(rounds, terms.losses, { ...ledger.budget, rounds })
    say(
      `noise multiplier ${digits(terms.noiseMultiplier, 4)}: ${counted(rounds, 'round')} come to ε = ${digits(terms.all.epsilon, 4)}, δ = ${terms.all.delta} (hides ${options.unit === 'table' ? 'the whole table' : 'a row'})${digits(inLedger, 3) === digits(terms.all.epsilon, 3) ? '' : `; of ${options.ledger} they take ε = ${digits(inLedger, 4)}`}`,
    )
    await joinFleet(call, {
      task,
      protection,
      epsilon,
      delta,
      rounds,
      ledger,
      source: await ledger.sourceOf(options.data),
      key,
      registered: options.registered,
      secure,
      folder: state,
      leave: signal,
      most: replies,
      examples: options.examples,
      metrics: options.metric,
      limit,
      atLimit: options.answerAtLimit,
      onNews(news) {
        if (news.what === 'paid') told.paid += 1
        if (news.what === 'replied') told[news.refused === undefined ? 'replied' : 'refused'] += 1
        const line = lineOf(news, key)
        if (line !== undefined) say(line)
      },
    })
    const { spent, left } = ledger.state()
    print(
      json,
      { ...told, noiseMultiplier: terms.noiseMultiplier, all: terms.all, inLedger, spent, left, warnings },
      () =>
        [
          `${counted(told.replied, 'round')} answered, ${counted(told.refused, 'message')} refused`,
          `spent in ${options.ledger}: ε = ${digits(spent.epsilon, 4)}, δ = ${digits(spent.delta, 4)} in all`,
        ].join('\n'),
    )
  } finally {
    ledger?.close()
    close()
  }
}

/** @throws FrostglassError `usage` where single updates would be seen with a share of the noise, and nobody said that they may */
function protectionOf({ unit, clip, clipping, shareOf, trustServer }: FleetJoinOptions): Protection {
  if (shareOf === undefined) return unit === 'table' ? { unit, clip } : { unit, clip, clipping }
  if (unit === 'row')
    throw new FrostglassError(
      'usage',
      'rows are protected by noise of this node alone',
      'Leave out --share-of.',
    )
  if (!trustServer)
    throw new FrostglassError(
      'usage',
      'a Flower server sees each update by itself, and a share of the noise protects their sum alone',
      'Leave out --share-of, or say --trust-server where the server may see single updates.',
    )
  return { unit, clip, honest: shareOf }
}

/** @throws FrostglassError `usage` for calls in the clear to another machine */
function requireCover(url: string, secure: boolean, { insecure }: FleetJoinOptions): void {
  const isHere = /^(localhost|127(\.\d+){3}|\[::1\])$/.test(new URL(url).hostname)
  if (secure || isHere || insecure) return
  throw new FrostglassError(
    'usage',
    `${url} is spoken to in the clear: whoever is between reads all replies, and may speak in this node’s name`,
    'Give an https:// address (and --ca), or say --insecure.',
  )
}

async function certificatesOf(path: string | undefined): Promise<string | undefined> {
  if (path === undefined) return undefined
  return readFile(path, 'utf8').catch((error) => {
    throw fileError(error, path, 'reading')
  })
}

/** The node's key; made where there is none. */
async function nodeKeyOf(path: string): Promise<NodeKey> {
  const pem = await readFile(path, 'utf8').catch((error: NodeJS.ErrnoException) => {
    if (error.code === 'ENOENT') return undefined
    throw fileError(error, path, 'reading')
  })
  if (pem !== undefined) return readNodeKey(pem)
  const drawn = drawNodeKey()
  await writeFileAtomic(path, drawn, { mode: 0o600 })
  return readNodeKey(drawn)
}

async function readTask(
  { task, model, loss, meaning }: FleetTask,
  options: FleetJoinOptions,
  signal: AbortSignal,
): Promise<NodeTask> {
  const { header, nullText, delimiter, learningRate: rate, epochs, batch } = options
  const { rows, width, outputs, x, y } = await readStated(options.data, task, {
    header,
    nullText,
    delimiter,
    signal,
  })
  return {
    model,
    loss,
    data: { x: tensor(x, [rows, width], 'float64'), y: tensor(y, [rows, outputs], 'float64') },
    own: { rate, epochs, batch },
    requireMeaning(card) {
      const { columns, label } = meaning
      if (
        (card.columns === undefined || JSON.stringify(card.columns) === JSON.stringify(columns)) &&
        (card.label === undefined || JSON.stringify(card.label) === JSON.stringify(label))
      )
        return
      throw new FrostglassError(
        'input',
        'the training step is for other columns than this node states',
        'State the same columns, in the same order.',
      )
    },
  }
}

function warningsOf({ draftedFrom }: FleetTask, ledger: Ledger, options: FleetJoinOptions): string[] {
  const { unit, rounds, answerAtLimit, data, ledger: path } = options
  return [
    ...(ledger.budget.composition === 'sum' && rounds > 1
      ? [
          `${path} adds prices up, so that ${rounds} rounds need far more noise: make ledgers of fleets with --composition renyi`,
        ]
      : []),
    ...(unit === 'table'
      ? [
          'one table is hidden among all tables: of a fleet of few nodes little can be learned behind so much noise',
        ]
      : ['each row is protected, not each person, and that there are so many rows is not']),
    ...(answerAtLimit ? [] : ['when replies are made tells how long the work took (--answer-at-limit)']),
    ...(draftedFrom !== undefined && basename(data) === draftedFrom
      ? [
          `the schema was drafted from ${draftedFrom}: if that is this very table, what is refused tells of its rows`,
        ]
      : []),
  ]
}

/** What the owner is told of it. */
function lineOf(news: JoinNews, key: NodeKey): string | undefined {
  switch (news.what) {
    case 'joined':
      return `joined as node ${news.nodeId}; Ctrl-C leaves. The key for an admin to register: ${key.openSsh}`
    case 'paid':
      return `round ${news.round ?? '?'} is paid for, ${news.left} left`
    case 'failed':
      return `nothing was told: ${news.why}`
    case 'replied':
      return news.refused === undefined
        ? `replied after ${news.seconds.toFixed(1)} s`
        : `refused (${news.type}): ${news.refused}`
    case 'waiting':
      return `waiting: ${news.why}`
    case 'dropped':
      return `the server wants no reply (${news.type}): its run is over, or it came too late`
    case 'left':
      return 'left the fleet'
    default:
      return undefined
  }
}
