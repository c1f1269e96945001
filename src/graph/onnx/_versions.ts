// Which version of an operator a node is of, which versions mean the same, and in which operator set nodes keep their meaning.
// Source: ONNX's "Versioning" (a node is of the last version that its operator set has); the table in _schemas.ts.
// That one version continues another is read off signatures and a list of exceptions: it is no proof of equal meaning.

import { FrostglassError } from '../../errors.ts'
import type { AttributeValue, Node, Operator } from '../contract.ts'
import { describeNode } from '../graph.ts'
import { newestOpset, schemas } from './_schemas.ts'

/** The operator set in which our own forms stand, and that we write unless a node needs another. */
export const usualOpset = 18

/** The newest operator set that we write: the runtime (1.30) has no later one. */
const newestWritten = 26
/** The oldest: the runtime promises no kernels before it. */
const oldestWritten = 7

/** Attributes with their defaults: undefined where there is none, and where one must be given. */
type Defaults = ReadonlyMap<string, unknown>

interface Version {
  readonly since: number
  readonly continues: boolean
  readonly attributes: Defaults
}

const table = new Map<string, readonly Version[]>()

function versionsOf(name: string): readonly Version[] {
  if (table.size === 0) for (const line of schemas.split('\n')) table.set(...parseLine(line))
  return table.get(name) ?? []
}

function parseLine(line: string): [string, readonly Version[]] {
  const [name, rest] = line.split(': ') as [string, string]
  const versions: Version[] = []
  for (const part of rest.split('; ')) {
    const [head, ...named] = part.split(' ') as [string, ...string[]]
    const continues = head.endsWith('~')
    const own = named.map((text): [string, unknown] => {
      const at = text.indexOf('=')
      return at < 0 ? [text.replace('!', ''), undefined] : [text.slice(0, at), JSON.parse(text.slice(at + 1))]
    })
    const attributes = new Map([...(continues ? versions.at(-1)!.attributes : []), ...own])
    versions.push({ since: Number.parseInt(head, 10), continues, attributes })
  }
  return [name, versions]
}

/** The version that a node of this operator set is of; undefined for no operator of the standard domain then. */
export function versionAt(name: string, opset: number): number | undefined {
  return versionsOf(name).findLast((v) => v.since <= opset)?.since
}

/** All versions of an operator. */
export const allVersions = (name: string): readonly number[] => versionsOf(name).map((v) => v.since)

/** The attributes of one version with their defaults. */
export const attributesOf = (name: string, version: number): Defaults =>
  versionsOf(name).find((v) => v.since === version)?.attributes ?? new Map()

/** The version and those alike with it: those that continue it, then those that it continues. */
export function chainOf(name: string, version: number): readonly number[] {
  const versions = versionsOf(name)
  const at = versions.findIndex((v) => v.since === version)
  if (at < 0) return []
  let first = at
  while (versions[first]!.continues) first--
  let end = at + 1
  while (versions[end]?.continues) end++
  const since = versions.map((v) => v.since)
  return [...since.slice(at, end), ...since.slice(first, at).toReversed()]
}

/**
 * The versions in which a node of our form means what we compute: what the operator says of itself; else those alike with
 * the usual operator set's, or with the first that there is.
 */
export function understoodVersions(operator: Operator): readonly number[] {
  if (operator.since) return operator.since
  const version = versionAt(operator.name, usualOpset) ?? versionsOf(operator.name)[0]?.since
  return version === undefined ? [] : chainOf(operator.name, version).toSorted((a, b) => a - b)
}

/** Whether an attribute has the value that it has when absent. */
export function isDefault(name: string, version: number, attribute: string, value: AttributeValue): boolean {
  const fallback = attributesOf(name, version).get(attribute)
  if (fallback === undefined) return false
  if (typeof fallback === 'number' && typeof value === 'number')
    return Math.fround(fallback) === Math.fround(value)
  return JSON.stringify(fallback) === JSON.stringify(value)
}

/** The versions that a node may be written in: those that it means the same in, and that have all its attributes. */
function writableVersions({ operator, attributes }: Node): readonly number[] {
  const given = Object.entries(attributes).flatMap(([name, value]) => (value === undefined ? [] : [name]))
  return understoodVersions(operator).filter((version) => {
    const known = attributesOf(operator.name, version)
    return given.every((name) => known.has(name))
  })
}

/** The nodes of a graph and of the graphs in its attributes. */
function* allNodes(nodes: readonly Node[]): Generator<Node> {
  for (const node of nodes) {
    yield node
    for (const value of Object.values(node.attributes))
      if (typeof value === 'object' && 'nodes' in value) yield* allNodes(value.nodes)
  }
}

/** Operator sets in the order in which we would write them: the usual one, newer ones, older ones. */
const preferred: readonly number[] = [
  ...Array.from({ length: newestWritten - usualOpset + 1 }, (_, i) => usualOpset + i),
  ...Array.from({ length: usualOpset - oldestWritten }, (_, i) => usualOpset - 1 - i),
]

/**
 * The operator set in which every node of the standard domain means what it does here. Among several, one in which as few
 * nodes as can be are of an older version than they were read in: an older one may lack element types.
 * @throws FrostglassError `unsupported` naming the nodes that go together in none.
 */
export function opsetFor(nodes: readonly Node[]): number {
  let left = preferred.map((opset) => ({ opset, older: 0 }))
  const standard = [...allNodes(nodes)].filter(({ operator }) => !operator.domain)
  for (const node of standard) {
    const { name, since } = node.operator
    const writable = writableVersions(node)
    const next = left.flatMap(({ opset, older }) => {
      const version = versionAt(name, opset) ?? 0
      if (!writable.includes(version)) return []
      return [{ opset, older: older + (version < (since?.[0] ?? 0) ? 1 : 0) }]
    })
    if (next.length === 0)
      throw noOperatorSet(
        node,
        writable,
        left.map(({ opset }) => opset),
      )
    left = next
  }
  return left.reduce((best, other) => (other.older < best.older ? other : best)).opset
}

function noOperatorSet(node: Node, writable: readonly number[], left: readonly number[]): FrostglassError {
  const why = node.operator.lacks ? `${node.operator.lacks}; ` : ''
  const said = writable.length ? `is to be written as version ${writable.join(' or ')}` : 'has no version'
  const apart =
    left.length === preferred.length
      ? ''
      : ` with the other nodes as they are (they allow ${left.join(', ')})`
  return new FrostglassError(
    'unsupported',
    `${why}${describeNode(node)} ${said}, and no operator set from ${oldestWritten} to ${newestWritten} has that${apart}`,
    'Bring the model to operator set 18 or later first (onnx.version_converter, or export it again).',
  )
}

/** The IR version that came with an operator set (onnx.helper.VERSION_TABLE). */
export function irVersionOf(opset: number): bigint {
  const first = [19, 21, 23, 24, 25].filter((start) => opset >= start).length
  return BigInt(8 + first)
}

/** Refuses an operator set that is newer than the table. @throws FrostglassError `unsupported`. */
export function requireKnownOpset(opset: number): void {
  if (opset <= newestOpset) return
  throw new FrostglassError(
    'unsupported',
    `it is written for operator set ${opset}, and ${newestOpset} is the newest that we know`,
    `Export it for operator set ${newestWritten} or earlier.`,
  )
}
