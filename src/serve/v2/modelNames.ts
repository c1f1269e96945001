// What the columns of a model's input and of its answer are called, where its file says so: models of tables, classifiers.
// Source: the cards of ../tables/card.ts and protect/learned/classifier.ts; the metadata of the ONNX format.
// Names are told, never checked against the weights: they are what the file says of itself.

import { BinaryReader, WireType } from '@bufbuild/protobuf/wire'
import { z } from 'zod'
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

/** The signature with names at its ends, where there are such that fit. @param file the model's */
export function named(signature: ModelSignature, file: Uint8Array): ModelSignature {
  const { columns, classes } = namesOf(metadataOf(file))
  const give = (end: TensorSignature, names: readonly string[]): TensorSignature =>
    names.length > 0 && end.shape.length === 2 && end.shape[1] === names.length ? { ...end, names } : end
  return {
    ...signature,
    inputs: signature.inputs.map((end) => give(end, columns)),
    outputs: signature.outputs.map((end) => give(end, classes)),
  }
}

/** One name an element of the last dimension: a category is an input of its own, as `colour=red`. */
function namesOf(metadata: ReadonlyMap<string, string>): {
  readonly columns: readonly string[]
  readonly classes: readonly string[]
} {
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

/** The metadata of a file alone: weights are passed over, not copied. */
function metadataOf(file: Uint8Array): Map<string, string> {
  const metadata = new Map<string, string>()
  // ModelProto.metadata_props is field 14; StringStringEntryProto has key 1 and value 2.
  const reader = new BinaryReader(file)
  while (reader.pos < reader.len) {
    const [field, wire] = reader.tag()
    if (field === 14 && wire === WireType.LengthDelimited) {
      const entry = new BinaryReader(reader.bytes())
      let [key, value] = ['', '']
      while (entry.pos < entry.len) {
        const [part, kind] = entry.tag()
        if (part === 1) key = entry.string()
        else if (part === 2) value = entry.string()
        else entry.skip(kind)
      }
      metadata.set(key, value)
    } else reader.skip(wire)
  }
  return metadata
}
