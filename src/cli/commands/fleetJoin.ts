// frostglass fleet join: a private node of a Flower fleet, until Ctrl-C.
// Source: src/fleet/flower/joinFleet.ts; src/fleet/privacy/PROOF.md says what may leave.
// It tells its owner what was paid, and its operator nothing that rows decide.

import { readFile } from 'node:fs/promises'
import { basename } from 'node:path'
import { fileError, writeFileAtomic } from '../../data/files.ts'
import { FrostglassError, printable } from '../../errors.ts'
import { type NodeIdentity, readIdentity, readNodes } from '../../fleet/coordinator/identity.ts'
import type { FleetNews } from '../../fleet/coordinator/node.ts'
import { joinPrivately } from '../../fleet/coordinator/privateNode.ts'
import type { RequiredTerms } from '../../fleet/coordinator/secureHalf.ts'
import { joinSharing, type SharingCoordinated, sharedTerms } from '../../fleet/coordinator/sharingNode.ts'
import type { NodeKey } from '../../fleet/flower/contract.ts'
import { type JoinNews, joinFleet, type Protection, termsOf } from '../../fleet/flower/joinFleet.ts'
import type { NodeTask } from '../../fleet/flower/localRounds.ts'
import { drawNodeKey, readNodeKey } from '../../fleet/flower/nodeKey.ts'
import { connectTo } from '../../fleet/flower/transport.ts'
import { writeStep } from '../../fleet/learner/stepFile.ts'
import { paidRounds } from '../../fleet/privacy/account.ts'
import { deltaOfRound, type RoundsBudget, spentAfter } from '../../fleet/privacy/roundPrice.ts'
import { roundsHeld } from '../../fleet/privacy/roundsHeld.ts'
import type { Ledger } from '../../private/index.ts'
import { requireUnitColumn } from '../../private/ledger/request.ts'
import type { Spend } from '../../private/ledger/spend.ts'
import { readStated } from '../../private/schema/readStated.ts'
import { examplesOf } from '../../serve/tables/trainPrivateTable.ts'
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
  readonly coordinator?: boolean | undefined
  readonly secure?: number | undefined
  readonly corrupted?: number | undefined
  readonly nodes?: string | undefined
  readonly insecure?: boolean | undefined
  readonly unit: 'table' | 'row'
  readonly privacyUnit?: string | undefined
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
  requireTogether(options)
  const { shareOf } = options
  const isSharing = options.coordinator === true && shareOf !== undefined
  const protection = protectionOf(options)
  const ca = await certificatesOf(options.ca)
  const { call, secure, close } = connectTo(url, { ca })
  let ledger: Ledger | undefined
  try {
    requireCover(url, secure, options)
    const stated = await fleetTask(options)
    ledger = openForSpending(options.ledger)
    const { delta = ledger.budget.delta, epsilon } = options
    const task = await readTask(stated, options, signal)
    const budget: RoundsBudget = { epsilon, delta, rounds, composition: ledger.budget.composition }
    const terms = isSharing ? sharedTerms(options.clip, budget) : termsOf(protection, task, budget)
    const before = await paidRounds(state)
    // What was made for a round that is paid is delivered all the same; a coordinator may state more noise than it must.
    const short = shortfall(ledger, terms.losses, { ...budget, before, isFatal: before === 0 && !isSharing })
    const key = options.coordinator ? await identityOf(options.key) : await nodeKeyOf(options.key)
    const warnings = warningsOf(stated, ledger, options)
    warn(json, warnings)
    const told = { paid: 0, replied: 0, refused: 0 }
    // Words of a server are among them.
    const say = (line: string) => void (json || process.stderr.write(`${printable(line)}\n`))
    // A ledger of another budget counts by an order of its own: what it will say of these rounds, told beforehand.
    const { epsilon: inLedger } = spentAfter(rounds, terms.losses, { ...ledger.budget, rounds })
    say(
      `noise multiplier ${digits(terms.noiseMultiplier, 4)}: ${counted(rounds, 'round')} come to ε = ${digits(terms.all.epsilon, 4)}, δ = ${digits(terms.all.delta, 4)} (hides ${hiddenBy(options)})${isSharing ? `; the coordinator must state as much (--noise), of ${options.shareOf} honest nodes and updates no longer than ${options.clip}` : ''}${digits(inLedger, 3) === digits(terms.all.epsilon, 3) ? '' : `; of ${options.ledger} they take ε = ${digits(inLedger, 4)}`}`,
    )
    if (short !== undefined) say(`${short}: more are refused`)
    if (before > 0)
      say(
        before < rounds
          ? `${state} has paid for ${before} of these rounds already: ${rounds - before} left`
          : `this node has answered all its rounds: ${state} has paid for ${before}, and --rounds allows ${rounds}. It refuses more`,
      )
    const shared = {
      task,
      protection,
      epsilon,
      delta,
      rounds,
      ledger,
      source: await ledger.sourceOf(options.data),
      folder: state,
      examples: options.examples,
      metrics: options.metric,
      limit,
      atLimit: options.answerAtLimit,
      onNews(news: JoinNews | FleetNews) {
        if (news.what === 'paid') told.paid += 1
        // A round of a secure sum has replies to all its stages.
        if (news.what === 'replied' && !('stage' in news && news.stage > 0))
          told[news.refused === undefined ? 'replied' : 'refused'] += 1
        const line = 'round' in news && news.what !== 'paid' ? roundLine(news) : lineOf(news as JoinNews, key)
        if (line !== undefined) say(line)
      },
    }
    if ('openSsh' in key)
      await joinFleet(call, {
        ...shared,
        key,
        registered: options.registered,
        secure,
        leave: signal,
        most: replies,
      })
    else {
      const required = await requiredTerms(options)
      const onWait = (why: string) => say(`waiting: ${why}`)
      const at = { ...shared, url, ca, identity: key, signal, onWait }
      if (isSharing)
        await joinSharing({
          ...at,
          accepted: { honest: shareOf, clip: options.clip },
          secure: required as SharingCoordinated['secure'],
        })
      else await joinPrivately({ ...at, secure: required })
    }
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

/**
 * Words for rounds that the ledger has no room for now; undefined where it takes all that are left.
 * @throws FrostglassError `policy` in these words, where that is fatal
 */
function shortfall(
  ledger: Ledger,
  losses: readonly Spend[],
  { before, isFatal, ...budget }: RoundsBudget & { readonly before: number; readonly isFatal: boolean },
): string | undefined {
  const left = Math.max(0, budget.rounds - before)
  const held = roundsHeld(ledger, losses, deltaOfRound(budget), left)
  if (held === left) return undefined
  const short = `${ledger.path} holds ${held} of ${counted(left, 'round')} at this price, behind what is spent from it`
  if (!isFatal) return short
  throw new FrostglassError(
    'policy',
    short,
    'Take fewer --rounds or a smaller --epsilon, or a ledger with a budget for them.',
  )
}

/** @throws FrostglassError `usage` where single updates would be seen with a share of the noise, and nobody said that they may */
function protectionOf(options: FleetJoinOptions): Protection {
  const { unit, clip, clipping, shareOf, trustServer, coordinator, privacyUnit } = options
  if (shareOf === undefined)
    return unit === 'table' ? { unit, clip } : { unit, clip, clipping, column: privacyUnit }
  if (unit === 'row')
    throw new FrostglassError(
      'usage',
      'rows are protected by noise of this node alone',
      'Leave out --share-of.',
    )
  if (!trustServer && !coordinator)
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

/** @throws FrostglassError `usage` for options of another fleet */
function requireTogether(options: FleetJoinOptions): void {
  const { coordinator, secure, nodes, corrupted, registered, replies, metric, shareOf } = options
  const isSharing = coordinator && shareOf !== undefined
  const wrong = (name: string, why: string) =>
    new FrostglassError('usage', `--${name} ${why}`, 'Leave it out, or look at frostglass fleet join --help.')
  if (options.privacyUnit !== undefined && options.unit !== 'row')
    throw wrong('privacy-unit', 'is for --unit row: a whole table is everybody’s in it')
  if (!coordinator && secure !== undefined) throw wrong('secure', 'is for --coordinator')
  if (secure === undefined && !isSharing && nodes !== undefined) throw wrong('nodes', 'is for --secure')
  if (secure === undefined && !isSharing && corrupted !== undefined)
    throw wrong('corrupted', 'is for --secure')
  if (!coordinator) return
  if (isSharing && options.trustServer)
    throw wrong('trust-server', 'is for a Flower server: here nobody sees a single update')
  if (isSharing && nodes === undefined)
    throw new FrostglassError(
      'usage',
      'a coordinator that makes up the nodes makes up their noise: --share-of counts on honest ones among those that are known',
      'Name the list of nodes, come by another way than through the coordinator (--nodes).',
    )
  if (secure !== undefined && nodes === undefined)
    throw new FrostglassError(
      'usage',
      'a coordinator that makes up the nodes sums one update with numbers that it knows: --secure counts on nodes that are known',
      'Name the list of nodes, come by another way than through the coordinator (--nodes).',
    )
  if (registered) throw wrong('registered', 'is for a Flower server')
  if (replies !== undefined)
    throw wrong('replies', 'is for a Flower server: a coordinator says when it is over')
  if (metric !== undefined) throw wrong('metric', 'is for a Flower server')
}

/** What rounds must promise; undefined where the coordinator may see updates, which are private by themselves. */
async function requiredTerms(options: FleetJoinOptions): Promise<RequiredTerms | undefined> {
  const { corrupted, nodes, shareOf } = options
  // Honest nodes, and those that collude, are in every sum of which the price is of so many honest ones.
  const fewest = options.secure ?? (shareOf === undefined ? undefined : shareOf + (corrupted ?? 0))
  if (fewest === undefined) return undefined
  const listed = nodes === undefined ? undefined : readNodes(await textOf(nodes), nodes)
  return { fewest, corrupted, nodes: listed?.map(({ publicKey }) => publicKey) }
}

const textOf = (path: string): Promise<string> =>
  readFile(path, 'utf8').catch((error) => {
    throw fileError(error, path, 'reading')
  })

/** A key that a coordinator knows: one that is made here it would not. */
const identityOf = async (path: string): Promise<NodeIdentity> => readIdentity(await textOf(path))

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
  const { header, nullText, delimiter, learningRate: rate, epochs, batch, privacyUnit: unit } = options
  requireUnitColumn(unit)
  if (unit === 'table')
    throw new FrostglassError(
      'usage',
      'a column that says whose rows are cannot be called table',
      'Rename it: a ledger by the table would take its price for that of tables.',
    )
  const read = await readStated(options.data, task, { unit, header, nullText, delimiter, signal })
  return {
    model,
    loss,
    ...examplesOf(read, {}),
    own: { rate, epochs, batch },
    ownStep: () => writeStep(model, loss, meaning),
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

const hiddenBy = ({ unit, privacyUnit }: FleetJoinOptions): string =>
  unit === 'table'
    ? 'the whole table'
    : privacyUnit === undefined
      ? 'a row'
      : `all rows of one ${privacyUnit}`

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
      : [
          options.privacyUnit === undefined
            ? 'each row is protected, not each person (--privacy-unit), and that there are so many rows is not'
            : `all rows of one ${options.privacyUnit} are protected together, and that there are so many of them is not`,
        ]),
    ...(options.coordinator && options.shareOf !== undefined && !options.corrupted
      ? [
          'none of the other nodes is taken to collude with the server: count on fewer honest ones (--corrupted)',
        ]
      : []),
    ...(answerAtLimit ? [] : ['when replies are made tells how long the work took (--answer-at-limit)']),
    ...(draftedFrom !== undefined && basename(data) === draftedFrom
      ? [
          `the schema was drafted from ${draftedFrom}: if that is this very table, what is refused tells of its rows`,
        ]
      : []),
  ]
}

/** What the owner is told of a coordinator's round. */
function roundLine(news: Extract<FleetNews, { readonly round: number }>): string | undefined {
  const at = `stage ${news.stage} of round ${news.round}`
  if (news.what === 'declined') return `the coordinator does not take the reply to ${at}: ${news.why}`
  if (news.what === 'work') return undefined
  return news.refused === undefined
    ? `replied to ${at} after ${news.seconds.toFixed(1)} s`
    : `refused ${at}: ${news.refused}`
}

/** What the owner is told of it. */
function lineOf(news: JoinNews, key: NodeKey | NodeIdentity): string | undefined {
  switch (news.what) {
    case 'joined':
      return 'openSsh' in key
        ? `joined as node ${news.nodeId}; Ctrl-C leaves. The key for an admin to register: ${key.openSsh}`
        : `joined as ed25519:${key.publicKey}; Ctrl-C leaves`
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
