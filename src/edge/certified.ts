// The device's side of certified releases: load what was certified, release a code, a one-hot row, a vector or a public picture.
// Source: CERTIFIED obfuscation, section 7, steps 6 and 9. The third door of @frostglass/edge.
// A certificate is about one release of one unit; what many releases tell together, a ledger has to bound.

export { type ErrorCode, FrostglassError } from '../errors.ts'
export type { ReleaseManifest } from '../protect/certified/releaseContract.ts'
export { drawSecret } from '../secret/derive.ts'
export type { Image, Rgba } from './image.ts'
export type { OpenEdgePaneOptions, Runtime } from './load.ts'
export {
  type About,
  type EdgeLedger,
  type EdgeRelease,
  type OpenEdgeReleaseOptions,
  openEdgeRelease,
  type Released,
  type Windows,
} from './release.ts'
export type { EdgeCertificate, ReleaseSource } from './releaseManifest.ts'
