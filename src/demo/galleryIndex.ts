// What the page is told about the gallery: which panes there are, what was measured of each, how far training is.
// Source: docs/architecture.md#the-service-and-the-edge (a page that `serve` offers). JSON at /gallery/index.json; types and constants alone, for browsers too.
// Every number in it was measured on digits that nothing was trained or chosen on; but for `first`, on the machine that serves it.

import type { Preprocessing } from '../protect/index.ts'

/** Units of the bottleneck, in the order of the page's slider. */
export const bottlenecks = [8, 16, 32, 64, 128, 256, 512, 1024] as const

/** How like the originals pictures are: means over test digits. */
export interface Likeness {
  /** Structural similarity (Wang et al. 2004), 1 for the same picture. */
  readonly ssim: number
  /** Its 95% interval: bootstrap over digits. */
  readonly interval: readonly [low: number, high: number]
  /** Peak signal-to-noise ratio, dB. */
  readonly psnr: number
}

/** One pane and the attack on it. */
export interface GalleryPane {
  /** `mlp-64`: what its files and models are called. */
  readonly name: string
  readonly bottleneck: number
  /** Where the device fetches it. */
  readonly file: string
  /** Bytes of that file. */
  readonly bytes: number
  readonly parameters: number
  readonly flops: number
  /** Share of obfuscated test digits that the service answers rightly. */
  readonly accuracy: number
  /** The attack's model on the service. */
  readonly attack: string
  /** What the attack gives back of test digits. */
  readonly likeness: Likeness
  /** Share of the attack's pictures that the service's own classifier, made for raw digits, reads as the truth. */
  readonly read: number
  /** Seconds that training took, pane and attack. */
  readonly seconds: number
}

/** How far training is. */
export interface GalleryProgress {
  readonly state: 'training' | 'ready' | 'failed'
  /** 0 … 1, by estimated work. */
  readonly share: number
  /** Undefined until it can be told. */
  readonly secondsLeft?: number | undefined
  /** What is being trained, or why it failed. */
  readonly doing: string
}

/** The pane that came with the package, and what it was measured with: see firstPane.ts. */
export interface FirstPane {
  readonly pane: GalleryPane
  /** A small one of its own. */
  readonly classifier: NonNullable<GalleryIndex['classifier']>
  readonly answerAlone: Likeness
  /** Digits that it was trained and measured on. */
  readonly data: { readonly training: number; readonly test: number }
}

/** All of it. */
export interface GalleryIndex {
  readonly format: 'frostglass-gallery'
  readonly version: 1
  readonly data: { readonly name: string; readonly training: number; readonly test: number }
  /** What the service runs: absent until it is trained. */
  readonly classifier?:
    | {
        /** Its name on the service. */
        readonly model: string
        readonly parameters: number
        /** How it wants a raw digit. */
        readonly preprocessing: Preprocessing
        /** Share of raw test digits that it answers rightly. */
        readonly accuracy: number
      }
    | undefined
  /** The mean picture of each class against its digits: what whoever knows the answer has without any attack. */
  readonly answerAlone?: Likeness | undefined
  /** Test digits that a visitor can take: records of one byte of label and 784 of pixels. */
  readonly digits: { readonly file: string; readonly count: number }
  /** What is shown of a size that is not trained yet; absent once it is, and before digits of the visitor's own. */
  readonly first?: FirstPane | undefined
  /** Those that are trained, by bottleneck. */
  readonly panes: readonly GalleryPane[]
  /** Bottlenecks of all that there will be, rising. */
  readonly bottlenecks: readonly number[]
  readonly progress: GalleryProgress
}
