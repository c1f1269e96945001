// Several windows of one person: voted sessions, released once, beside every window by itself; and what bundles of k tell.
// Source: theorem D (src/protect/certified/bundles.ts). A session is k windows of one person in one activity, in their order.
// The vote is over labels: sessions are as accurate as their majority, and the limit counts sessions.

import { largest } from '../../src/learn/metrics.ts'
import { certifyBundles } from '../../src/protect/certified/bundles.ts'
import { certify } from '../../src/protect/certified/certify.ts'
import { encodeRows } from '../../src/protect/certified/encodeRows.ts'
import { klUpper } from '../../src/protect/certified/limits.ts'
import {
  type CodeGroups,
  type CodeRecord,
  countGroups,
  countUnits,
  shareUnits,
} from '../../src/protect/certified/table.ts'
import { shuffle, upTo } from '../../src/random/order.ts'
import { type Random, seededStream } from '../../src/random/seeded.ts'
import { attackShare, countJoint } from './joint.ts'
import { delta } from './measure.ts'
import { trainPane } from './pane.ts'
import type { Records } from './records.ts'
import { openSource, type SourceChoice } from './sources.ts'

/** WISDM by sessions. JSON. */
export interface SessionsTask {
  readonly kind: 'sessions'
  readonly choice: SourceChoice
  readonly lengths: readonly number[]
  readonly bundles: readonly number[]
  readonly seed: number
}

/** One voted label a session. */
export interface Voted {
  readonly length: number
  readonly sessions: number
  readonly judged: number
  readonly accuracy: number
  /** Of the same windows one by one. */
  readonly windows: number
  readonly blind: number
  readonly attack: number
  readonly estimate: number
  readonly upper: number
  /** Theorem B's of the same units. */
  readonly kl: number
}

/** Limits of k windows of one person, or of one person in one activity. */
export interface Bundled {
  readonly of: 'pane' | 'true labels'
  readonly groups: 'people' | 'activities'
  readonly k: number
  readonly bundles: number
  /** Right guesses of the person from k windows of the attack-test part, by the law of each group's calibration codes. */
  readonly attack: number
  readonly estimate: number
  readonly upper: number
}

export interface SessionsAnswer {
  readonly kind: 'sessions'
  readonly voted: readonly Voted[]
  readonly bundled: readonly Bundled[]
  /** Every window released; the unit is the person in one activity, whatever depends on whatever inside. */
  readonly dependent: { readonly units: number; readonly estimate: number; readonly upper: number }
  readonly seconds: number
}

/** Trains a pane of as many codes as labels, and measures what its windows tell together. */
export async function measureSessions(task: SessionsTask, signal?: AbortSignal): Promise<SessionsAnswer> {
  const start = performance.now()
  const records = await openSource(task.choice)
  const trained = await trainPane(records, { ...task, lambda: 0 }, signal)
  const { predicted } = await encodeRows(trained.network, trained.weights, records, { threads: 1 })
  const { rows } = records.split.calibration.open([{ pane: 'sessions', codebook: 'labels' }])
  const judged = records.split.attackTest.rows
  return {
    kind: 'sessions',
    voted: task.lengths.map((length) => votedSessions(records, predicted, length, { rows, judged })),
    bundled: (['pane', 'true labels'] as const).flatMap((of) =>
      (['people', 'activities'] as const).flatMap((groups) =>
        bundledLimits(
          records,
          of === 'pane' ? predicted : records.label.of,
          { of, groups },
          {
            rows,
            judged,
            ...task,
          },
        ),
      ),
    ),
    dependent: dependentWindows(records, predicted, rows),
    seconds: (performance.now() - start) / 1000,
  }
}

/** Windows of a person in an activity, in order, by so many; what is left over is in no session. */
export function sessionsOf({ label, attributes }: Records, rows: Int32Array, length: number): Int32Array[] {
  const groups = new Map<string, number[]>()
  for (const row of rows) {
    const key = `${attributes['user']!.of[row]} ${label.of[row]}`
    const found = groups.get(key)
    if (found) found.push(row)
    else groups.set(key, [row])
  }
  return [...groups.values()].flatMap((members) =>
    Array.from({ length: Math.floor(members.length / length) }, (_, i) =>
      Int32Array.from(members.slice(i * length, (i + 1) * length)),
    ),
  )
}

/** The commonest of the windows' labels, the first of equals. */
export function voteOf(predicted: Int32Array, rows: Int32Array, labels: number): number {
  const votes = new Array<number>(labels).fill(0)
  for (const row of rows) votes[predicted[row]!]! += 1
  return votes.indexOf(Math.max(...votes))
}

function votedSessions(
  records: Records,
  predicted: Int32Array,
  length: number,
  parts: { readonly rows: Int32Array; readonly judged: Int32Array },
): Voted {
  const { label } = records
  const user = records.attributes['user']!
  const labels = label.names.length
  const told = (rows: Int32Array) =>
    sessionsOf(records, rows, length).map((session) => ({
      session,
      code: voteOf(predicted, session, labels),
      label: label.of[session[0]!]!,
      user: user.of[session[0]!]!,
    }))
  const [own, judged] = [told(parts.rows), told(parts.judged)]
  const jointOf = (of: typeof own) =>
    countJoint(
      {
        cell: Int32Array.from(of, ({ code }) => code),
        label: Int32Array.from(of, ({ label }) => label),
        attribute: Int32Array.from(of, ({ user }) => user),
      },
      Int32Array.from(of.keys()),
      { cells: labels, labels, attributes: user.names.length },
    )
  const table = countUnits(
    own.map(({ code, user: of }, i) => ({ unit: `session ${i}`, code, attribute: user.names[of]! })),
    { codes: labels },
  )
  const limits = certify(table, { delta, unit: 'session', sampling: 'stratified' })
  const windows = judged.flatMap(({ session }) => [...session])
  return {
    length,
    sessions: own.length,
    judged: judged.length,
    accuracy: judged.filter(({ code, label }) => code === label).length / judged.length,
    windows: windows.filter((row) => predicted[row] === label.of[row]).length / windows.length,
    blind: limits.blind,
    attack: attackShare(jointOf(own), jointOf(judged)),
    estimate: limits.estimate,
    upper: limits.upper,
    kl: klUpper(limits.estimate, limits.units, delta),
  }
}

const unitOf = ({ label, attributes }: Records, row: number, groups: Bundled['groups']): string => {
  const user = attributes['user']!
  const name = user.names[user.of[row]!]!
  return groups === 'people' ? name : `${name} ${label.names[label.of[row]!]!}`
}

const recordsOf = (
  records: Records,
  codes: Int32Array,
  rows: Int32Array,
  groups: Bundled['groups'],
): CodeRecord[] => {
  const user = records.attributes['user']!
  return Array.from(rows, (row) => ({
    unit: unitOf(records, row, groups),
    code: codes[row]!,
    attribute: user.names[user.of[row]!]!,
  }))
}

function bundledLimits(
  records: Records,
  codes: Int32Array,
  what: Pick<Bundled, 'of' | 'groups'>,
  { rows, judged, bundles: wanted, seed }: SessionsTask & { rows: Int32Array; judged: Int32Array },
): Bundled[] {
  const options = { codes: records.label.names.length }
  const groups = countGroups(recordsOf(records, codes, rows, what.groups), options)
  const met = Map.groupBy(recordsOf(records, codes, judged, what.groups), ({ unit }) => unit)
  const limits = certifyBundles(groups, { reading: 'windows', most: Math.max(...wanted), delta })
  return limits
    .filter(({ k }) => wanted.includes(k))
    .map(({ k, bundles, estimate, upper }) => {
      const attack = bundleAttack(groups, [...met.values()], k, seededStream(seed, 'bundles', k))
      return { ...what, k, bundles, attack, estimate, upper }
    })
}

/** Added to the counts of a group's codes. */
const smoothing = 0.5

/** Right guesses from k windows of each group at a time, in a random order; a group's weight is its number of bundles. */
function bundleAttack(
  { groups, codes, attributes }: CodeGroups,
  met: readonly (readonly CodeRecord[])[],
  k: number,
  random: Random,
): number {
  const laws = groups.map(({ attribute, counts }) => {
    const windows = counts.reduce((a, b) => a + b, 0)
    return {
      attribute,
      weight: Math.floor(windows / k),
      logs: counts.map((n) => Math.log((n + smoothing) / (windows + smoothing * codes))),
    }
  })
  let [right, all] = [0, 0]
  for (const records of met) {
    const order = shuffle(upTo(records.length), random)
    for (let at = 0; at + k <= order.length; at += k) {
      const scores = new Float64Array(attributes.length)
      for (const { attribute, weight, logs } of laws) {
        let log = 0
        for (const row of order.subarray(at, at + k)) log += logs[records[row]!.code]!
        scores[attribute]! += weight * Math.exp(log)
      }
      right += Number(attributes[largest(scores, 0, scores.length)] === records[0]!.attribute)
      all++
    }
  }
  return all === 0 ? 0 : right / all
}

function dependentWindows(
  records: Records,
  codes: Int32Array,
  rows: Int32Array,
): SessionsAnswer['dependent'] {
  const table = shareUnits(recordsOf(records, codes, rows, 'activities'), {
    codes: records.label.names.length,
  })
  const { units, estimate, upper } = certify(table, { delta, unit: 'person in one activity' })
  return { units, estimate, upper }
}
