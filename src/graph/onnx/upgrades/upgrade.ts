// What it takes to bring a node of an older version of an operator to the form of a later one.
// Source: ONNX Changelog. An upgrade is there only where the result means exactly the same.

import { FrostglassError } from '../../../errors.ts'
import type { Attributes, Value, ValueInfo } from '../../contract.ts'

/** A node as a file has it. */
export interface OldNode {
  readonly name: string
  readonly version: number
  readonly inputs: readonly (Value | undefined)[]
  readonly attributes: Attributes
  /** How many outputs it names. */
  readonly outputs: number
  /** The node in messages. */
  readonly what: string
  /**
   * Applies the operator in the later form. `infos` says what comes out where that is not what the node's outputs are:
   * it is used for an operator whose shapes we cannot infer.
   */
  own(
    inputs: readonly (Value | undefined)[],
    attributes: Attributes,
    infos?: readonly ValueInfo[],
  ): readonly Value[]
  /** Applies another operator of which we have an entry, in our form. */
  other(name: string, inputs: readonly (Value | undefined)[], attributes: Attributes): readonly Value[]
}

/** From every version before `to`. */
export interface Upgrade {
  readonly names: readonly string[]
  /** The version that comes out. */
  readonly to: number
  /** True where it goes by the number of dimensions of the inputs. */
  readonly ranked?: boolean | undefined
  /** The node's outputs; one that is absent has no later form. @throws FrostglassError `unsupported`. */
  upgrade(node: OldNode): readonly (Value | undefined)[]
}

/** What an upgrade throws for a node that has no later form. */
export function noLaterForm(node: OldNode, why: string): FrostglassError {
  return new FrostglassError(
    'unsupported',
    `${node.what}: version ${node.version} of ${node.name} ${why}`,
    'Export the model again, for operator set 18 or later.',
  )
}

/** The first input. @throws FrostglassError `input` where there is none. */
export function firstInput(node: OldNode): Value {
  const [x] = node.inputs
  if (x) return x
  throw new FrostglassError(
    'input',
    `${node.what} has no first input`,
    'Export the model again: it is damaged.',
  )
}

/** Attributes but for some. */
export const without = (attributes: Attributes, ...names: readonly string[]): Attributes =>
  Object.fromEntries(Object.entries(attributes).filter(([name]) => !names.includes(name)))
