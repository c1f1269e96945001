// The parts of the gallery that are there: the classifier, then panes, each with the attack on it; models go to the service.
// Source: galleryCache.ts keeps them; those who train put them there.
// It trains nothing, and takes a part only whole.

import { panesFolder, readPart } from './galleryCache.ts'
import type { GalleryIndex, GalleryPane } from './galleryIndex.ts'
import { type MeasuredClassifier, partName } from './galleryTasks.ts'

/** Where the gallery puts its models: the part of a service that it needs. */
export interface ModelShelf {
  addModel(model: { readonly name: string; readonly bytes: Uint8Array }): Promise<unknown>
}

/** The classifier's name on the service. */
const classifierModel = 'digits'

export interface GalleryParts {
  /** Takes a part from the cache, if it is there: the classifier where there is no bottleneck, and panes after it. */
  take(folder: string, bottleneck: number | undefined): Promise<boolean>
  /** What the page is told of the classifier; nothing before it is there. */
  classifier(): Pick<GalleryIndex, 'classifier' | 'answerAlone'>
  /** Those that are there, by bottleneck. */
  panes(): GalleryPane[]
  /** A pane's file by the name of the pane. */
  file(name: string): Uint8Array | undefined
}

/** None yet. @param shelf gets the models `digits` and `recnet-mlp-8` … as they come */
export function createGalleryParts(shelf: ModelShelf): GalleryParts {
  const panes = new Map<string, { readonly file: Uint8Array; readonly shown: GalleryPane }>()
  let classifier: MeasuredClassifier | undefined
  let panesAt = ''

  async function takeClassifier(folder: string): Promise<boolean> {
    const part = readPart<MeasuredClassifier>(folder, partName({}))
    if (!part) return false
    await shelf.addModel({ name: classifierModel, bytes: part.files['classifier.onnx']! })
    classifier = part.measured
    panesAt = panesFolder(folder, part)
    return true
  }

  async function takePane(bottleneck: number): Promise<boolean> {
    const name = partName({ bottleneck })
    const part = readPart<Omit<GalleryPane, 'name' | 'file' | 'attack'>>(panesAt, name)
    if (!part) return false
    const attack = `recnet-${name}`
    await shelf.addModel({ name: attack, bytes: part.files['recnet.onnx']! })
    const shown = { ...part.measured, name, file: `/gallery/panes/${name}.onnx`, attack }
    panes.set(name, { file: part.files['pane.onnx']!, shown })
    return true
  }

  return {
    take: (folder, bottleneck) => (bottleneck === undefined ? takeClassifier(folder) : takePane(bottleneck)),
    classifier() {
      if (!classifier) return {}
      const { parameters, preprocessing, accuracy, answerAlone } = classifier
      return { classifier: { model: classifierModel, parameters, preprocessing, accuracy }, answerAlone }
    },
    panes: () => [...panes.values()].map(({ shown }) => shown).sort((a, b) => a.bottleneck - b.bottleneck),
    file: (name) => panes.get(name)?.file,
  }
}
