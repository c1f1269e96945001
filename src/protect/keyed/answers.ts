// Whether a table of answers belongs to this key and to these queries, and what cannot be told.
// Source: ours. Names of hidden classes are the same under every key, so nothing in answers themselves says whose they are.
// It does not promise that a service answered truly: who writes a manifest beside answers has no key.

import { columnNames } from '../../data/header.ts'
import { openTable } from '../../data/index.ts'
import { standardInput } from '../../data/standardInput.ts'
import { FrostglassError } from '../../errors.ts'
import type { Key } from './key.ts'
import { type HiddenLabel, releasedLabel } from './labels.ts'
import { type Manifest, readManifest, readManifestIfAny, verifyManifest } from './manifest.ts'
import { openKeyedPane } from './pane.ts'
import { rowsOfBlock } from './program.ts'

/** What is known of a table of answers before it is decoded. */
export type AnswersCheck = {
  /** What could not be checked. */
  readonly warnings: readonly string[]
  /** Beside the answers, if there is one. */
  readonly manifest: Manifest | undefined
  /** Of the queries that were named. */
  readonly queries: Manifest | undefined
}

/**
 * Holds answers to the manifest beside them, and to the queries that they are said to answer.
 * @param queriesPath what `encodeTable` wrote, its manifest beside it
 * @throws FrostglassError `key` for answers or queries of another key, `input` for answers to other queries, for a file
 * of another kind and for one that was changed
 */
export async function checkAnswers(path: string, key: Key, queriesPath?: string): Promise<AnswersCheck> {
  const manifest = await readManifestIfAny(path)
  if (manifest) verifyManifest(manifest, key, path)
  if (manifest && manifest.kind !== 'answers')
    throw new FrostglassError(
      'input',
      `${path} holds ${manifest.kind.replace('-', ' ')}, not answers`,
      'Take `frostglass restore`, which gives rows back as they were.',
    )
  const queries = queriesPath === undefined ? undefined : await readManifest(queriesPath)
  if (queries) {
    verifyManifest(queries, key, queriesPath!)
    if (queries.kind !== 'encoded-queries')
      throw new FrostglassError(
        'input',
        `${queriesPath} holds no encoded queries`,
        'Name what `frostglass encode` wrote.',
      )
    if (manifest?.queries && manifest.queries.sha256 !== queries.parts[0]!.sha256)
      throw new FrostglassError(
        'input',
        `${path} answers other queries than ${queriesPath}`,
        'Take the answers to these queries, or leave out --queries.',
      )
  }
  return { warnings: doubts(path, manifest), manifest, queries }
}

/**
 * Which of a key's labels a table of answers answers: what its manifest says, and else the name of its column, where it
 * has one such column alone.
 * @throws FrostglassError `input` where it cannot be told, and for answers to a label that the key has not
 */
export async function answeredLabel(
  path: string,
  labels: readonly HiddenLabel[],
  manifest: Manifest | undefined,
): Promise<{ readonly label: HiddenLabel; readonly warnings: readonly string[] }> {
  const [first] = labels
  // What answers the only label is held to its name where it is read.
  if (labels.length === 1 && manifest?.answered === undefined) return { label: first!, warnings: [] }
  if (path === standardInput)
    throw new FrostglassError(
      'usage',
      'standard input is read once, and this key has several labels, which the names of columns tell apart before',
      'Save the answers beside their manifest, and name the file.',
    )
  const names = await columnNames(path)
  const there = names.filter((name) => labels.some(({ column }) => column === name))
  const said = manifest && (manifest.answered ?? releasedLabel(0))
  const name = said ?? there[0]
  const label = labels.find(({ column }) => column === name)
  if (there.length === 1 && there[0] === name && label && (!manifest || manifest.label === label.map.task)) {
    const strange = names.find((column) => isOthersClass(column, label, labels))
    if (strange !== undefined)
      throw new FrostglassError(
        'input',
        `${path} has a column ${strange}, which is no class of ${name}, but of another label of this key: it does not answer ${name}`,
        'Take the answers as the service gave them, their manifest beside them.',
      )
    if (manifest) return { label, warnings: [] }
    const others = labels.filter((other) => other !== label).map(({ label: { name: other } }) => other)
    return {
      label,
      warnings: [
        `${path} has no manifest beside it: the name of its column ${name} alone says that it answers ${label.label.name}, and not ${others.join(' or ')}`,
      ],
    }
  }
  const found = there.length === 0 ? 'no such column' : there.join(', ')
  throw new FrostglassError(
    'input',
    `${path} has ${found}, ${said === undefined ? 'and no manifest beside it' : `and its manifest says that it answers ${said}`}: which of the labels of this key it answers cannot be told`,
    `Decode the answers of one model at a time: they have one column, named as that which the model learned (${labels.map(({ column }) => column).join(', ')}).`,
  )
}

/** Whether a column is named as a hidden class of other labels, and not of this one. */
function isOthersClass(name: string, { map }: HiddenLabel, labels: readonly HiddenLabel[]): boolean {
  const has = (map: HiddenLabel['map']) => map.task === 'class' && map.names.includes(name)
  return !has(map) && labels.some((other) => has(other.map))
}

function doubts(path: string, manifest: Manifest | undefined): string[] {
  if (!manifest)
    return [
      `${path} has no manifest beside it: nothing tells whether these are answers to this key's queries, and another key's answers decode to wrong labels`,
    ]
  if (manifest.queries) return []
  return [
    `${path} does not say which queries it answers: they had no manifest beside them, so nothing tells whether they were this key's`,
  ]
}

/** Compares answers with the queries that they are said to answer, chunk by chunk, in step. */
export type InStep = {
  /**
   * @param ids of the answers, undefined where the id did not come along. @param offset rows before them
   * @throws FrostglassError `input` for another number of rows, or another id
   */
  check(ids: readonly string[] | undefined, rows: number, offset: number): Promise<void>
  /** @throws FrostglassError `input` where queries are left */
  finish(rows: number): void
  close(): Promise<void>
}

/** @param path of the answers, for messages */
export async function inStep(
  path: string,
  key: Key,
  queriesPath: string,
  { id, rows: all }: Pick<Manifest, 'id' | 'rows'>,
): Promise<InStep> {
  const pane = openKeyedPane(key)
  const columns = pane.names.map((name) => ({ name, kind: 'numeric', integer: false }) as const)
  await pane.close()
  const source = await openTable(queriesPath, {
    schema: { columns },
    carry: id === undefined ? [] : [id],
  })
  const chunks = source.chunks({ size: rowsOfBlock(columns.length), reuse: true })
  const otherCount = (rows: number, some: string) =>
    new FrostglassError(
      'input',
      `${path} has ${some}${rows} rows, and ${queriesPath} has ${all}`,
      'Take the answers to these queries, all of them and in their order.',
    )
  return {
    async check(ids, rows, offset) {
      if (offset + rows > all) throw otherCount(offset + rows, 'at least ')
      const { value } = await chunks.next()
      const wanted = id === undefined ? undefined : value?.carried[0]
      if (ids === undefined || wanted === undefined) return
      const at = ids.findIndex((id, r) => id !== wanted[r])
      if (at < 0) return
      throw new FrostglassError(
        'input',
        `${path}, row ${offset + at + 1}, column ${id}: "${ids[at]}" stands where ${queriesPath} has "${wanted[at]}"`,
        'Take the answers to these queries, in their order.',
      )
    },
    finish(rows) {
      if (rows !== all) throw otherCount(rows, '')
    },
    async close() {
      await chunks.return(undefined)
      source.close()
    },
  }
}
