// What owner and service say to each other in an encrypted training. Everything that the service ever gets is here.
// Source: ours. No message has room for a secret key or a weight in the plain.

import type { EvaluationKeys } from '../seal/keys.ts'
import type { ModelPlan } from './modelPlan.ts'

/** To the service; of encrypted rows the plan names no learning rate, for rows chose it: it is 0. */
export type ModelRequest =
  | { readonly kind: 'keys'; readonly plan: ModelPlan; readonly keys: EvaluationKeys }
  /** Data in the plain, which the service may have of its own: rows × features, labels 0 or 1. */
  | { readonly kind: 'rows'; readonly x: Float32Array; readonly labels: Uint8Array }
  | {
      readonly kind: 'encrypted rows'
      readonly blocks: readonly {
        readonly forward: readonly Uint8Array[]
        readonly backward: readonly Uint8Array[]
        readonly offset: Uint8Array
      }[]
    }
  /** Learn from these blocks, one step each. */
  | {
      readonly kind: 'steps'
      readonly weights: readonly Uint8Array[]
      readonly blocks: readonly number[]
    }

/** From the service. */
export type ModelAnswer =
  | { readonly kind: 'ready' }
  | { readonly kind: 'weights'; readonly weights: readonly Uint8Array[] }

/** One request, one answer. */
export type AskModel = (request: ModelRequest) => Promise<ModelAnswer>
