// What the gallery's workers are told.
// Source: learn/workers.ts. Types and a name; the work is in galleryTraining.ts.

import type { Preprocessing } from '../protect/index.ts'
import type { Likeness } from './galleryIndex.ts'
import type { GalleryRecipe } from './galleryTraining.ts'

/** What every worker starts with. */
export interface GalleryWorkload {
  /** As `openImages` takes it. */
  readonly data: string
  /** At most so many digits of each part. */
  readonly limits?: { readonly train: number; readonly test: number } | undefined
  readonly folder: string
  readonly recipe: GalleryRecipe
  /** A float32 a task: the share that is done. */
  readonly shares: SharedArrayBuffer
}

/** One part: the classifier where there is no bottleneck, else a pane and its attack. */
export interface GalleryTask {
  readonly bottleneck?: number | undefined
  readonly threads: number
  /** Index into the shares. */
  readonly place: number
}

/** What is kept of the classifier beside its file. */
export interface MeasuredClassifier {
  readonly accuracy: number
  readonly answerAlone: Likeness
  readonly parameters: number
  readonly preprocessing: Preprocessing
}

/** The folder of a part, and the middle of its models' names. */
export const partName = ({ bottleneck }: Pick<GalleryTask, 'bottleneck'>): string =>
  bottleneck === undefined ? 'classifier' : `mlp-${bottleneck}`
