// The contract of an attack on obfuscated images, beside that on tables (tables/attack.ts).
// Source: docs/architecture.md#the-audit (Attack); Yonan et al. 2025 for the adversaries (server, outsider).
// A new attack is one file in attacks/ that exports an `imageAttack` (frame.ts), and one line in attacks.ts.

import type { ImageSet } from '../../data/index.ts'
import type { Tensor } from '../../graph/index.ts'
import type { ObfuscatorPane } from '../../protect/index.ts'
import type { AttackOptions, Finding, Standpoint } from '../finding.ts'

/** What left, and, for the auditor alone, the truth that attacks are judged by. */
export interface ImageEvidence {
  /** The images that were sent: the truth. Labels and attributes, where known, are what attacks are judged by. */
  readonly originals: ImageSet
  /** What left, float32 [originals.count, …]. Image i of `originals` became row i. */
  readonly released: Tensor
  /** The public obfuscators: one, or those of which the device draws one at random for each sample. */
  readonly panes: readonly ObfuscatorPane[]
  /** Which pane made each sample; all zeros where there is one. */
  readonly paneOf: Int32Array
  /** The images that the panes were trained on, which the `server` has; absent where the auditor has them not. */
  readonly training?: ImageSet | undefined
  /**
   * The service's public classifier: probabilities, float [rows, classes], of released rows. Absent where it is not
   * public.
   */
  readonly service?: ((released: Tensor) => Promise<Tensor>) | undefined
}

/** A number that is reported, and not judged by a policy: no share, or not larger for worse. */
export interface Measure {
  /** `mse` (of pixels in 0 … 1), `psnr` (dB), `silhouette` (−1 … 1), … */
  readonly name: string
  readonly value: number
  /** 95% confidence interval: bootstrap over images. */
  readonly interval: readonly [low: number, high: number]
}

/** A picture that shows a finding: a sheet of images or a map of points. */
export interface Picture {
  readonly title: string
  /** For those who do not see it. */
  readonly alternative: string
  readonly kind: 'png' | 'svg'
  /** base64 of the PNG, or the SVG's text. */
  readonly data: string
}

/** What one attack on images found. JSON. */
export interface ImageFinding extends Finding {
  readonly measures: readonly Measure[]
  readonly pictures: readonly Picture[]
}

/** An attack on images. */
export interface ImageAttack {
  /** Kebab case, e.g. `recnet`, `attribute-server`. */
  readonly name: string
  readonly title: string
  readonly standpoint: Standpoint
  /** `image`: the picture itself; `attribute`: a class that is nobody's business; `rows`: whose sample it is; … */
  readonly aim: 'image' | 'attribute' | 'rows' | 'pane' | 'member' | 'structure'
  /** What the adversary must have, in one sentence. */
  readonly needs: string
  readonly source: string
  /** Whether the attack can be run on what is there. */
  applies(evidence: ImageEvidence): boolean
  /** Findings: one, or one for each attribute. Whatever it draws comes from the seed. @throws FrostglassError `aborted` */
  run(evidence: ImageEvidence, options: Omit<AttackOptions, 'known'>): Promise<readonly ImageFinding[]>
}
