// The device's side, small enough for a browser: load a pane, protect, ask a V2 server, decode.
// Source: docs/architecture.md#the-service-and-the-edge. Nothing but the runtime beside it; docs/reference/edge.md states its size.
// BROKEN as a way to hide what an image shows: a pane's card says what it gives away.

export { type ErrorCode, FrostglassError } from '../errors.ts'
export { type Asked, type AskOptions, ask, type Decoded, decode } from './ask.ts'
export { type Image, preprocessImages, type Rgba } from './image.ts'
export type { OpenEdgePaneOptions, Runtime } from './load.ts'
export { type EdgePane, openEdgePane } from './pane.ts'
export type { ConnectOptions } from './request.ts'
export {
  connect,
  type EdgeService,
  type InferAnswer,
  type InferOptions,
  type ModelMetadata,
  type TensorMetadata,
} from './service.ts'
