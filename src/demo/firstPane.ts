// The pane that came with the package: what a first visitor sees while panes are trained on the machine that serves.
// Source: scripts/firstPane.ts made its files, from the embedded digits; its numbers were measured as it is shipped.
// It stands beside the trained ones, before a small classifier of its own, and gives way to a trained one of its size.

import { readFileSync } from 'node:fs'
import type { FirstPane, GalleryIndex, GalleryPane } from './galleryIndex.ts'
import type { ModelShelf } from './galleryParts.ts'

interface Measured {
  readonly data: FirstPane['data']
  readonly classifier: Omit<NonNullable<GalleryIndex['classifier']>, 'model'> & Pick<FirstPane, 'answerAlone'>
  readonly pane: Omit<GalleryPane, 'name' | 'file' | 'attack'>
}

const name = 'first-mlp'
const [classifierModel, attackModel] = ['first-digits', 'first-recnet']

/** What is told of it, and its file. */
export interface FirstParts {
  readonly told: FirstPane
  readonly name: string
  readonly file: Uint8Array
}

/** Puts its models on the service. @param shelf gets `first-digits` and `first-recnet` */
export async function openFirstPane(shelf: ModelShelf): Promise<FirstParts> {
  const read = (file: string) => new Uint8Array(readFileSync(new URL(`first/${file}`, import.meta.url)))
  const { data, classifier, pane } = JSON.parse(new TextDecoder().decode(read('measured.json'))) as Measured
  await shelf.addModel({ name: classifierModel, bytes: read('classifier.onnx') })
  await shelf.addModel({ name: attackModel, bytes: read('recnet.onnx') })
  const { answerAlone, ...told } = classifier
  return {
    name,
    file: read('pane.onnx'),
    told: {
      data,
      answerAlone,
      classifier: { ...told, model: classifierModel },
      pane: { ...pane, name, file: `/gallery/panes/${name}.onnx`, attack: attackModel },
    },
  }
}
