// What is told to a device of a release: the manifest beside the graph. Types alone: the edge reads it without this program.
// Source: CERTIFIED obfuscation, section 7, step 9.
// Nobody signs it: hashes find damage and mixed files. A device that is told the manifest's own hash is held to that.

/** `checked-medoid`: somebody's picture for each code; `tuned`: a blend of the code's pictures, moved. */
export type DictionaryKind = 'checked-medoid' | 'tuned'

/** A column that features are of; a category is one feature for each of its texts. */
export interface CodedColumn {
  readonly name: string
  readonly categories: readonly string[] | null
}

/** `release.json`. Everything in it is public. */
export interface ReleaseManifest {
  readonly format: 'frostglass-release'
  readonly version: 1
  /** One window as the graph takes it: an image in 0 … 1, or features, with the columns that they come from where a table had them. */
  readonly window: {
    readonly shape: readonly number[]
    readonly dtype: 'float32' | 'float64'
    readonly columns: readonly CodedColumn[] | null
  }
  readonly labels: readonly string[]
  /** By code of the pane: the label. */
  readonly labelOf: readonly number[]
  /** channel[code][output], where outputs are drawn; null where the code itself is released. */
  readonly channel: readonly (readonly number[])[] | null
  /** How many different releases there are. */
  readonly outputs: number
  readonly form: 'code' | 'one-hot' | 'picture' | 'vector'
  /** What is sent: always this shape. */
  readonly released: { readonly shape: readonly number[]; readonly dtype: 'float32' | 'int64' }
  /** Where pictures are sent: of which kind, whose, the net that they were checked on, and what it read in each. */
  readonly dictionary: {
    readonly kind: DictionaryKind
    readonly data: string
    readonly classifier: { readonly name: string; readonly sha256: string }
    readonly read: readonly { readonly label: number; readonly share: number }[]
  } | null
  /** SHA-256 of the pane and of the codebook that the certificates are of. */
  readonly pane: string
  readonly codebook: string
  /** The files beside it: the graph first, then certificates. */
  readonly parts: readonly { readonly file: string; readonly sha256: string }[]
}

/** The names of both files. */
export const releaseNames = { manifest: 'release.json', graph: 'release.onnx' } as const
