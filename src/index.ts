// The whole library in one import; the subpaths (frostglass/graph, /learn, /data, /protect, /audit, /serve) hold more.
// Source: docs/architecture.md#rooms.

export { attacks, auditTable, type LeakReport, rowsThatBreak, writeReport } from './audit/index.ts'
export { loadWheat, openTable, readTable } from './data/index.ts'
export { type ErrorCode, exitCode, FrostglassError } from './errors.ts'
export { compile, gradients, graph, input, readOnnx, tensor, variable, writeOnnx } from './graph/index.ts'
export { fit, predict, sequential, train } from './learn/index.ts'
export {
  createKey,
  decodeTable,
  describeKey,
  encodeTable,
  type Key,
  paneOf,
  protectTable,
  readKeyFile,
  restoreTable,
  writeKeyFile,
} from './protect/index.ts'
export { predictTable, trainTable } from './serve/index.ts'
