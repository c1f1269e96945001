// The untrusted side of an encrypted training: rows in the plain (or encrypted), public keys, and ciphertexts of weights.
// Source: logisticStep.ts, networkStep.ts. It is given no secret and no weight; messages.ts says what it is given.

import type { Ciphertext } from 'node-seal'
import type { OperationTimes } from '../seal/times.ts'
import type { Diagonals } from './linear.ts'
import { logisticStep } from './logisticStep.ts'
import type { ModelAnswer, ModelRequest } from './messages.ts'
import { type ModelBlock, plainBlock, rowsOfBlock } from './modelBlock.ts'
import { levelsOfStep, type ModelPlan } from './modelPlan.ts'
import { networkStep } from './networkStep.ts'
import { type CkksService, openCkksService } from './service.ts'

/** Answers requests one after another. */
export interface ModelService {
  /** Answers one request; the first has the keys. @throws TypeError for another request before them */
  answer(request: ModelRequest): Promise<ModelAnswer>
  readonly times: OperationTimes
  /** Frees the keys and all ciphertexts. */
  close(): void
}

/** A service that waits for its keys. */
export function createModelService(): ModelService {
  let service: CkksService | undefined
  let plan: ModelPlan | undefined
  let blockAt: ((block: number, level: number) => ModelBlock) | undefined
  return {
    async answer(request) {
      if (request.kind === 'keys') {
        service?.close()
        service = await openCkksService(request.keys)
        plan = request.plan
        return { kind: 'ready' }
      }
      if (!service || !plan) throw new TypeError('keys come first')
      const [seal, its] = [service, plan]
      if (request.kind === 'rows') {
        blockAt = plainBlocks(seal, its, request)
        return { kind: 'ready' }
      }
      if (request.kind === 'encrypted rows') {
        blockAt = encryptedBlocks(seal, its, request)
        return { kind: 'ready' }
      }
      if (!blockAt) throw new TypeError('rows come before steps')
      let weights = request.weights.map((bytes) => seal.read(bytes, 'the weights'))
      for (const block of request.blocks) {
        const rows = blockAt(block, seal.levelOf(weights[0]!))
        const after =
          its.model === 'logistic'
            ? logisticStep(seal, its, rows, weights as [Ciphertext])
            : networkStep(seal, its, rows, weights)
        seal.free(...weights)
        weights = after
      }
      const bytes = weights.map((one) => seal.write(one))
      seal.free(...weights)
      return { kind: 'weights', weights: bytes }
    },
    get times() {
      return service?.times ?? {}
    },
    close: () => service?.close(),
  }
}

/** Plain rows, encoded once for each level at which a step begins. */
function plainBlocks(
  service: CkksService,
  plan: ModelPlan,
  data: Extract<ModelRequest, { kind: 'rows' }>,
): (block: number, level: number) => ModelBlock {
  const { features, rows } = plan
  if (data.x.length !== rows * features || data.labels.length !== rows)
    throw new RangeError(`${rows} rows of ${features} features were planned`)
  const encoded = new Map<string, ModelBlock>()
  return (block, level) => {
    const name = `${block} ${level}`
    const kept = encoded.get(name)
    if (kept) return kept
    const made = plainBlock(service, plan, rowsOfBlock(plan, data, block), level)
    encoded.set(name, made)
    return made
  }
}

/** Encrypted rows: for one step between refreshes. */
function encryptedBlocks(
  service: CkksService,
  plan: ModelPlan,
  { blocks }: Extract<ModelRequest, { kind: 'encrypted rows' }>,
): (block: number, level: number) => ModelBlock {
  const read = (bytes: readonly Uint8Array[]): Diagonals =>
    bytes.map((one) => ({ encrypted: service.read(one, 'a diagonal') }))
  const { slots } = plan.diagonals
  const products = blocks.map(({ forward, backward, offset }, block) => ({
    count: Math.min(slots, plan.rows - block * slots),
    forward: read(forward),
    backward: read(backward),
    offset: service.read(offset, 'the labels'),
  }))
  return (block, level) => {
    if (level !== levelsOfStep[plan.model])
      throw new RangeError(`encrypted rows are for level ${levelsOfStep[plan.model]}`)
    return products[block] as ModelBlock
  }
}
