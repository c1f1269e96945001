// What the columns of a model's input and of its answer are called, where its file says so: models of tables, classifiers.
// Source: the cards of ../tables/card.ts and protect/learned/classifier.ts; the metadata of the ONNX format.
// Names are told, never checked against the weights: they are what the file says of itself.

import { z } from 'zod'
import type { ParsedModel } from '../../graph/onnx/parse.ts'
import type { ModelSignature, TensorSignature } from './contract.ts'

const column = z.union([
  z.looseObject({ name: z.string(), kind: z.literal('numeric') }),
  z.looseObject({ name: z.string(), kind: z.literal('categorical'), categories: z.array(z.string()) }),
])
const tableCard = z.looseObject({
  columns: z.array(column),
  label: z.looseObject({ name: z.string(), classes: z.array(z.string()).optional() }),
})
const classifierCard = z.looseObject({ classes: z.array(z.string()) })

/** What a file says that its ends are called; nothing where it does not. */
interface EndNames {
  readonly columns: readonly string[]
  readonly classes: readonly string[]
}

/** The signature with names at its ends, where there are such that fit. */
export function named(signature: ModelSignature, { columns, classes }: EndNames): ModelSignature {
  const give = (end: TensorSignature, names: readonly string[]): TensorSignature =>
    names.length > 0 && end.shape.length === 2 && end.shape[1] === names.length ? { ...end, names } : end
  return {
    ...signature,
    inputs: signature.inputs.map((end) => give(end, columns)),
    outputs: signature.outputs.map((end) => give(end, classes)),
  }
}

/** One name an element of the last dimension: a category is an input of its own, as `colour=red`. */
export function namesOf({ metadataProps }: ParsedModel): EndNames {
  const metadata = new Map(metadataProps.map(({ key, value }) => [key, value]))
  const table = tableCard.safeParse(parsed(metadata.get('frostglass.model')))
  if (table.success) {
    const { columns, label } = table.data
    return {
      columns: columns.flatMap((c) =>
        c.kind === 'numeric' ? [c.name] : c.categories.map((category) => `${c.name}=${category}`),
      ),
      classes: label.classes ?? [label.name],
    }
  }
  const classifier = classifierCard.safeParse(parsed(metadata.get('frostglass-classifier')))
  return { columns: [], classes: classifier.success ? classifier.data.classes : [] }
}

function parsed(text: string | undefined): unknown {
  try {
    return text === undefined ? undefined : JSON.parse(text)
  } catch {
    return undefined
  }
}
