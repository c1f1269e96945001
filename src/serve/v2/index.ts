// Models over HTTP by the Open Inference Protocol (KServe V2): a service, with or without a port.
// Source: docs/architecture.md#the-service-and-the-edge; Triton, KServe and Seldon speak the same.
// It sees what is sent to it; that it keeps and logs nothing is a promise of this code alone, not of whoever runs it.

export type { EncryptedLimits, EncryptedModel, EncryptedOptions } from '../encrypted/contract.ts'
export type { FleetOptions } from '../fleet/contract.ts'
export type {
  ModelSignature,
  ServedModel,
  Service,
  ServiceLimits,
  ServiceOptions,
  TensorSignature,
} from './contract.ts'
export { createService } from './service.ts'
export {
  type CloseOptions,
  type Listening,
  type RunningService,
  type StartOptions,
  startService,
} from './start.ts'
