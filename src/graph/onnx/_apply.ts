// Applies an operator as a file has it: in our form where an entry understands the node, else opaquely, for the runtime alone.
// Source: ONNX's "Versioning"; the contract's `since` and `attributes`.
// An opaque operator has the shapes that a rule or the model states, or none; nobody checks that the model's are true.

import { FrostglassError } from '../../errors.ts'
import type { Attributes, AttributeType, AttributeValue, Operator, Value, ValueInfo } from '../contract.ts'
import { maxOperator, minOperator } from '../operators/arithmetic.ts'
import { operators } from '../operators/index.ts'
import { maxPoolIndicesOperator } from '../operators/pool.ts'
import { hasRank } from '../shape.ts'
import { apply, applyAll } from '../value.ts'
import { opaqueInference } from './_opaque.ts'
import {
  allVersions,
  attributesOf,
  chainOf,
  isDefault,
  understoodVersions,
  usualOpset,
  versionAt,
} from './_versions.ts'
import { upgradeOf } from './upgrades/index.ts'
import { noLaterForm, type OldNode, type Upgrade } from './upgrades/upgrade.ts'

/** A node as it was read. */
export interface FileNode {
  readonly name: string
  /** Empty for the standard domain. */
  readonly domain: string
  /** Of the operator: its since-version, or the version of its domain where that is not the standard one. */
  readonly version: number
  readonly inputs: readonly (Value | undefined)[]
  readonly attributes: Attributes
  readonly types: Readonly<Record<string, AttributeType>>
  readonly outputs: readonly string[]
  /** The names that the graph around it reads. */
  readonly read: ReadonlySet<string>
  readonly captured: readonly Value[]
  /** The node in messages: its name and operator. */
  readonly what: string
  /** Its own name, and the file's. */
  readonly called: string | undefined
  readonly origin: string | undefined
  /** What the model states of its values. */
  readonly stated: ReadonlyMap<string, ValueInfo>
}

/**
 * The outputs of a node, in order; one that is absent is one that our form does not give.
 * @throws FrostglassError `unsupported` naming the attribute or the version that nobody understands, unless the model states
 * the shapes of what comes out; `shape` for inputs that do not fit.
 */
export function applyNode(node: FileNode): readonly (Value | undefined)[] {
  if (node.domain !== '') return applyOpaque(node, [node.version])
  const given = withoutHints(node)
  const entry = entryOf(node)
  try {
    if (entry) return allThatAreRead(node, applyEntry(given, entry))
    const upgrade = needsUpgrade(node) ? upgradeOf(node.name, node.version) : undefined
    if (upgrade) {
      const since = chainOf(node.name, upgrade.to)
      const own: OldNode['own'] = (inputs, attributes, infos) =>
        applyOpaque({ ...given, inputs, attributes }, since, undefined, infos)
      return upgraded(upgrade, oldNode(given, own))
    }
  } catch (cause) {
    const opaque = cause instanceof FrostglassError && cause.code === 'unsupported'
    if (!opaque || !node.outputs.every((name) => name === '' || isStated(node, name))) throw cause
    return applyOpaque(given, chainOf(node.name, node.version), cause.message)
  }
  return applyOpaque(given, chainOf(node.name, node.version))
}

/** @throws FrostglassError `unsupported` where it goes by a number of dimensions that is not known. */
function upgraded(upgrade: Upgrade, old: OldNode): readonly (Value | undefined)[] {
  if (!upgrade.ranked || old.inputs.every((v) => !v || hasRank(v.shape))) return upgrade.upgrade(old)
  throw noLaterForm(old, 'goes by the number of dimensions of its inputs, which is not known')
}

/** MaxPool is two: where its second output is named, that is computed too. */
const entryOf = ({ name, outputs }: FileNode): Operator | undefined =>
  name === 'MaxPool' && outputs[1] ? maxPoolIndicesOperator : operators.get(name)

/** @throws FrostglassError `unsupported` where the model reads an output that our form has not. */
function allThatAreRead(
  node: FileNode,
  outputs: readonly (Value | undefined)[],
): readonly (Value | undefined)[] {
  const lacking = node.outputs.findIndex((name, i) => node.read.has(name) && !outputs[i])
  if (lacking < 0) return outputs
  throw new FrostglassError(
    'unsupported',
    `${node.what}: its output ${lacking} ('${node.outputs[lacking]}') is read, and is not one that we compute`,
    'Export the model without that output, or run it natively.',
  )
}

/** Whether the file says a shape of this output: a dtype alone is none. */
const isStated = ({ stated }: FileNode, name: string): boolean => {
  const said = stated.get(name)
  return said !== undefined && hasRank(said.shape)
}

/** Whether an operator without an entry is of a version that the usual operator set has not, nor continues. */
const needsUpgrade = ({ name, version }: FileNode): boolean =>
  version < usualOpset && !chainOf(name, version).includes(versionAt(name, usualOpset) ?? 0)

/** Refuses attributes that the version has not, and drops what runtimes of old were told beside the meaning. */
function withoutHints(node: FileNode): FileNode {
  const known = attributesOf(node.name, node.version)
  const kept = Object.entries(node.attributes).filter(([name]) => {
    if (known.has(name)) return true
    if (name === 'consumed_inputs' || name.startsWith('__')) return false
    throw new FrostglassError(
      'unsupported',
      `${node.what}: version ${node.version} of ${node.name} has no attribute '${name}'`,
      'Export the model again: it says another operator set than it was written for.',
    )
  })
  return kept.length === Object.keys(node.attributes).length
    ? node
    : { ...node, attributes: Object.fromEntries(kept) }
}

function applyEntry(node: FileNode, entry: Operator): readonly (Value | undefined)[] {
  const understood = understoodVersions(entry)
  const { called: name, origin, captured } = node
  const own =
    (version: number): OldNode['own'] =>
    (inputs, attributes) => {
      const kept = understoodAttributes(entry, attributes, version, node)
      return applyAll(entry, inputs, kept, { name, origin, captured })
    }
  const folded = foldPairs(node, entry)
  if (folded) return [folded]
  if (understood.includes(node.version)) return own(node.version)(node.inputs, node.attributes)
  const upgrade = upgradeOf(node.name, node.version)
  if (upgrade && understood.includes(upgrade.to)) return upgraded(upgrade, oldNode(node, own(upgrade.to)))
  throw new FrostglassError(
    'unsupported',
    `${node.what}: version ${node.version} of ${node.name} is not one that we know (of ${allVersions(node.name).join(', ')} we know ${understood.join(', ')})`,
    'Export the model for another operator set, 18 best of all, or run it natively with its shapes stated.',
  )
}

// Ours take two inputs.
function foldPairs(node: FileNode, entry: Operator): Value | undefined {
  const pairwise = entry === minOperator || entry === maxOperator
  if (!pairwise || node.inputs.length === 2) return undefined
  const present = node.inputs.filter((v) => v !== undefined)
  if (present.length === 0 || present.length < node.inputs.length) {
    throw new FrostglassError(
      'input',
      `${node.what} ${present.length === 0 ? 'has no inputs' : 'leaves an input out'}`,
      'Export the model again: it is damaged.',
    )
  }
  return present.reduce((a, b) => apply(entry, [a, b]))
}

/** The attributes, all understood. @throws FrostglassError `unsupported` naming the first that is not; `input` for a wrong type. */
function understoodAttributes(
  entry: Operator,
  attributes: Attributes,
  version: number,
  { what, types, attributes: asRead }: FileNode,
): Attributes {
  const understood = entry.attributes ?? {}
  const kept: Record<string, AttributeValue | undefined> = {}
  for (const [name, value] of Object.entries(attributes)) {
    if (value === undefined) continue
    if (Object.hasOwn(understood, name)) {
      const type = types[name]
      // What an upgrade made has the type that it is to have.
      if (type !== undefined && type !== understood[name] && asRead[name] === value) {
        throw new FrostglassError(
          'input',
          `${what}: the attribute '${name}' is of type ${type}, not ${understood[name]}`,
          'Export the model again: it is damaged.',
        )
      }
      // A default that not all versions know is left out: the node is the same in each of them without it.
      if (!inAllVersions(entry, name) && isDefault(entry.name, version, name, value)) continue
      kept[name] = value
    } else if (!isDefault(entry.name, version, name, value)) {
      throw new FrostglassError(
        'unsupported',
        `${what}: the attribute '${name}' (${format(value)}) is not one that we understand`,
        'Export the model without it, or run it natively with its shapes stated.',
      )
    }
  }
  return kept
}

const inAllVersions = (entry: Operator, name: string): boolean =>
  understoodVersions(entry).every((version) => attributesOf(entry.name, version).has(name))

const format = (value: AttributeValue): string =>
  typeof value === 'object' && !Array.isArray(value) ? 'a tensor or a graph' : JSON.stringify(value)

function oldNode(node: FileNode, own: OldNode['own']): OldNode {
  const { name, version, inputs, attributes, what } = node
  const outputs = node.outputs.filter((output) => output !== '').length
  const other: OldNode['other'] = (otherName, given, more) => {
    const entry = operators.get(otherName)
    if (!entry) throw new FrostglassError('unsupported', `${what}: we have no ${otherName} to write it as`)
    return applyAll(entry, given, more, { name: node.called, origin: node.origin })
  }
  return { name, version, inputs, attributes, outputs, what, own, other }
}

const drawing = new Set(['Bernoulli', 'Dropout', 'Multinomial', 'RandomNormal', 'RandomUniform'])

/** An operator that runs natively alone; what is known of its outputs says _opaque.ts. */
function applyOpaque(
  node: FileNode,
  since: readonly number[],
  lacks?: string,
  infos?: readonly ValueInfo[],
): readonly Value[] {
  const operator: Operator = {
    name: node.name,
    domain: node.domain || undefined,
    since,
    attributes: inferredTypes(node.attributes, node.types),
    lacks,
    anyRank: true,
    random: drawing.has(node.name),
    infer: infos
      ? () => infos
      : opaqueInference(
          node.name,
          node.domain,
          node.inputs,
          node.outputs.map((name) => node.stated.get(name)),
          node.outputs,
          node.what,
        ),
  }
  return applyAll(operator, node.inputs, node.attributes, {
    name: node.called,
    origin: node.origin,
    captured: node.captured,
  })
}

// An upgrade may add attributes: text, or whole numbers.
function inferredTypes(
  attributes: Attributes,
  types: Readonly<Record<string, AttributeType>>,
): Readonly<Record<string, AttributeType>> {
  const added = Object.entries(attributes).filter(([name]) => types[name] === undefined)
  if (added.length === 0) return types
  const typed = added.map(([name, value]) => [name, typeof value === 'string' ? 'string' : 'int'] as const)
  return { ...types, ...Object.fromEntries(typed) }
}
