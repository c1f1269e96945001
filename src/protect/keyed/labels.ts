// Stage 2: hides what is predicted. Classes get secret code names; a number goes through a secret affine map.
// Source: SPG section 4.2 stage 2.
// It keeps the number of classes and how often each occurs, and the shape of a number's distribution.

import { FrostglassError } from '../../errors.ts'
import { type Stream, stream } from '../../secret/index.ts'
import type { KeyLabel } from './schema.ts'
import { type Compared, compareNumbers, type Numbers, type Snap, snapOf } from './snap.ts'

/** Codes are `code[i]` for original class i; `names` are public, `c0`, `c1`, … */
export interface ClassRelabelling {
  readonly task: 'class'
  readonly names: readonly string[]
  /** As classes leave. */
  encode(classes: Int32Array): Int32Array
  /** As the owner knows them. */
  decode(codes: Int32Array): Int32Array
  /** The original name behind a public one. @throws FrostglassError `input` for a name that is none of `names`. */
  decodeName(name: string): string
}

/** `encode(t) = slope · (t - middle) / width + offset`. */
export interface TargetMap {
  readonly task: 'number'
  /** As numbers leave. */
  encode(targets: Float64Array): Float64Array
  /** A model's answers in the label's unit, whole where all labels of the key's table were. */
  decode(values: Float64Array): Float64Array
  /** The labels that `encode` hid: the decimals that they were. */
  restore(values: Float64Array): Float64Array
  /** Compares targets with what `restore` makes of them once they are hidden. */
  compare(targets: Float64Array, hidden: Float64Array): Compared
}

/** What a key does to a label: classes are renamed, numbers are moved and scaled. */
export type LabelMap = ClassRelabelling | TargetMap

/** A label as the key knows it, and how it leaves. */
export interface HiddenLabel {
  /** Name of its column in what leaves: `label`, `label_2`, …. */
  readonly column: string
  readonly label: KeyLabel
  readonly map: LabelMap
}

/** Public names of the labels' columns: `label`, `label_2`, `label_3`, … @param place from 0 */
export const releasedLabel = (place: number): string => (place === 0 ? 'label' : `label_${place + 1}`)

/** Whether a column is named as labels are that leave. */
export const isReleasedLabel = (name: string): boolean => /^label(_([2-9]|[1-9]\d+))?$/.test(name)

/** All labels of a key, each hidden by a map of its own. */
export function hiddenLabels(labels: readonly KeyLabel[], secret: Uint8Array): HiddenLabel[] {
  return labels.map((label, place) => ({
    column: releasedLabel(place),
    label,
    map: labelMapOf(label, secret, place),
  }))
}

/**
 * A label's secret map: a uniform relabelling, or a slope of either sign with |slope| log-uniform on [½, 2].
 * @param place of the label among those of its key, from 0: each has a stream of its own
 */
export function labelMapOf(label: KeyLabel, secret: Uint8Array, place = 0): LabelMap {
  return label.task === 'class'
    ? relabelling(label.classes, stream(secret, 'classes', place))
    : targetMap(label, stream(secret, 'target', place))
}

function relabelling(classes: readonly string[], random: Stream): ClassRelabelling {
  const codeOf = random.permutation(classes.length)
  const classOf = new Int32Array(classes.length)
  codeOf.forEach((code, i) => {
    classOf[code] = i
  })
  const names = classes.map((_, code) => `c${code}`)
  return {
    task: 'class',
    names,
    encode: (values) => values.map((i) => codeOf[i]!),
    decode: (codes) => codes.map((code) => classOf[code]!),
    decodeName(name) {
      const code = names.indexOf(name)
      if (code >= 0) return classes[classOf[code]!]!
      throw new FrostglassError(
        'input',
        `'${name}' is not a class that this key hides`,
        `Check that they come from a model trained on this key's table: answers hold ${names[0]} to ${names.at(-1)}.`,
      )
    },
  }
}

/** A label's numbers as they come back: two affine maps lose some units in the last place of what is at most three ranges. */
export function targetSnap(label: KeyLabel & { task: 'number' }): {
  readonly numbers: Numbers
  readonly snap: Snap
} {
  const width = label.maximum > label.minimum ? label.maximum - label.minimum : 1
  const middle = label.minimum / 2 + label.maximum / 2
  const numbers = { ...label, minimum: middle - width / 2, maximum: middle + width / 2 }
  return { numbers, snap: snapOf(numbers, 0) }
}

function targetMap(label: KeyLabel & { task: 'number' }, random: Stream): TargetMap {
  const sign = random.below(2) === 0 ? -1 : 1
  const slope = sign * 4 ** (random.uniform() - 0.5)
  const offset = 2 * random.uniform() - 1
  const width = label.maximum > label.minimum ? label.maximum - label.minimum : 1
  const middle = label.minimum / 2 + label.maximum / 2
  const { numbers, snap } = targetSnap(label)
  const inverse = (v: number) => ((v - offset) / slope) * width + middle
  return {
    task: 'number',
    encode: (targets) => targets.map((t) => (slope * (t - middle)) / width + offset),
    decode(values) {
      const targets = values.map(inverse)
      return label.integer ? targets.map(Math.round) : targets
    },
    restore: (values) => values.map((v) => snap.restore(inverse(v))),
    compare: (targets, hidden) => compareNumbers(numbers, snap, targets, hidden.map(inverse), targets.length),
  }
}
