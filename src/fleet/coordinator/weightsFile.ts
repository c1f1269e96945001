// Weights as JSON, {"name": {"shape", "data"}}: what a fleet begins with, and what each of its rounds came to.
// Source: ours; `frostglass fleet step` writes the first. Numbers are written so that they are read back as they were.
// It knows weights alone: which model they are of, a training step says.

import { z } from 'zod'
import { FrostglassError } from '../../errors.ts'
import { sizeOf } from '../../graph/index.ts'
import { readJson } from '../../json.ts'
import { type Layout, layoutOf } from '../layout.ts'

const schema = z.record(
  z.string().min(1),
  z.strictObject({ shape: z.array(z.int().min(0)).max(16), data: z.array(z.number()) }),
)

/** Weights, and what they are made of. */
export interface NamedWeights {
  readonly layout: Layout
  readonly weights: Float64Array
}

/**
 * Reads them.
 * @param from names the text in messages
 * @throws FrostglassError 'input' for what is none, 'shape' where numbers and shapes do not fit together
 */
export function readWeights(text: string, from: string): NamedWeights {
  const arrays = Object.entries(
    readJson(text, schema, from, { hint: 'Write one with `frostglass fleet step --weights`.' }),
  )
  const layout = layoutOf(arrays.map(([name, { shape }]) => [name, { shape, dtype: 'float32' }]))
  if (layout.size === 0) throw new FrostglassError('input', `${from} has no weights`, 'Name another file.')
  const weights = new Float64Array(layout.size)
  for (const [i, [name, { shape, data }]] of arrays.entries()) {
    if (data.length !== sizeOf(shape))
      throw new FrostglassError(
        'shape',
        `${from}: '${name}' has ${data.length} numbers and the shape [${shape}]`,
        'Write one with `frostglass fleet step --weights`.',
      )
    weights.set(data, layout.slots[i]!.start)
  }
  return { layout, weights }
}

/** Writes them. */
export function weightsText({ layout, weights }: NamedWeights): string {
  const arrays = layout.slots.map(({ name, shape, start, size }) => [
    name,
    { shape, data: [...weights.subarray(start, start + size)] },
  ])
  return `${JSON.stringify(Object.fromEntries(arrays))}\n`
}

/**
 * Holds weights to a model's, or to what a training step changes.
 * @param has says whose they are to be, in messages
 * @throws FrostglassError 'shape' naming what is not alike
 */
export function requireLayout(
  { layout }: NamedWeights,
  wanted: Layout,
  from: string,
  has = 'the training step changes',
): void {
  const words = ({ slots }: Layout) => slots.map(({ name, shape }) => `${name} [${shape}]`)
  const [have, want] = [words(layout), words(wanted)]
  if (have.join('\n') === want.join('\n')) return
  throw new FrostglassError(
    'shape',
    `${from} has ${have.join(', ')}, and ${has} ${want.join(', ')}`,
    'Give files of one `frostglass fleet step`, and state what was stated there.',
  )
}
