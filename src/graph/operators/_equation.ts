// The equation of an Einsum, read: a list of labels for each operand and for the output.
// Source: ONNX Einsum (opset 12); NumPy's einsum: letters, one ellipsis a term, an output that may be left out.
// The axes under an ellipsis get labels of their own, counted from the right: '.0' is the last of them.

import { FrostglassError } from '../../errors.ts'
import type { ValueInfo } from '../contract.ts'
import { type Dim, formatShape, unify } from '../shape.ts'

/** An equation for operands of known ranks. */
export interface Equation {
  readonly operands: readonly (readonly string[])[]
  readonly output: readonly string[]
  /** The size of each label; where operands have 1 and more, the more. */
  readonly sizes: ReadonlyMap<string, Dim>
}

const refuse = (what: string, text: string, why: string): FrostglassError =>
  new FrostglassError('shape', `${what}: the equation '${text}' ${why}`, "Write it like 'bij,bjk->bik'.")

/** @throws FrostglassError `shape` for an equation that is none, or that the operands do not fit. */
export function readEquation(text: string, inputs: readonly ValueInfo[], what: string): Equation {
  const [left, right, ...more] = text.replaceAll(' ', '').split('->')
  const terms = left!.split(',')
  if (more.length || terms.length !== inputs.length)
    throw refuse(what, text, `is not for ${inputs.length} operands`)
  const parts = [...terms, ...(right === undefined ? [] : [right])].map((term) => {
    const [front, back, ...others] = term.split('...')
    if (others.length || !/^[a-zA-Z]*$/.test(front! + (back ?? ''))) throw refuse(what, text, 'is not one')
    return { front: [...front!], back: back === undefined ? undefined : [...back] }
  })
  const hidden = inputs.map((v, i) => {
    const { front, back } = parts[i]!
    const rest = v.shape.length - front.length - (back?.length ?? 0)
    if (rest < 0 || (back === undefined && rest > 0))
      throw refuse(what, text, `does not fit ${formatShape(v.shape)} (operand ${i})`)
    return rest
  })
  const most = Math.max(0, ...hidden)
  const under = (count: number): string[] => Array.from({ length: count }, (_, i) => `.${count - 1 - i}`)
  const labelled = (i: number, count: number): string[] => {
    const { front, back } = parts[i]!
    return back === undefined ? front : [...front, ...under(count), ...back]
  }
  const operands = inputs.map((_, i) => labelled(i, hidden[i]!))
  const all = operands.flat()
  // Without an output: what is under an ellipsis, then every letter that stands once, in the order of the alphabet.
  const once = () =>
    [...new Set(all)].filter((l) => l[0] !== '.' && all.indexOf(l) === all.lastIndexOf(l)).sort()
  const output = right === undefined ? [...under(most), ...once()] : labelled(terms.length, most)
  const bad = output.find((l, i) => !all.includes(l) || output.indexOf(l) !== i)
  if (bad !== undefined) throw refuse(what, text, `has '${bad}' in its output twice, or in no operand`)
  return { operands, output, sizes: sizesOf(operands, inputs, text, what) }
}

function sizesOf(
  operands: Equation['operands'],
  inputs: readonly ValueInfo[],
  text: string,
  what: string,
): Map<string, Dim> {
  const sizes = new Map<string, Dim>()
  operands.forEach((labels, i) => {
    labels.forEach((label, axis) => {
      const size = inputs[i]!.shape[axis]!
      const known = sizes.get(label)
      if (known === undefined || known === 1) sizes.set(label, size)
      else if (size !== 1) {
        const both = unify(known, size)
        if (both === undefined) throw refuse(what, text, `has '${label}' as ${known} and as ${size}`)
        sizes.set(label, both)
      }
    })
  })
  return sizes
}

const alphabet = [...'abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ']

/** Labels as an equation with letters alone. */
export function writeEquation(operands: Equation['operands'], output: readonly string[]): string {
  const letters = new Map<string, string>()
  const used = new Set([...operands.flat(), ...output])
  const free = alphabet.filter((letter) => !used.has(letter))
  const term = (labels: readonly string[]): string =>
    labels
      .map((label) => {
        if (label[0] !== '.') return label
        if (!letters.has(label)) letters.set(label, free.shift()!)
        return letters.get(label)!
      })
      .join('')
  return `${operands.map(term).join(',')}->${term(output)}`
}
