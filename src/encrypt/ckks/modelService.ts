// The untrusted side of an encrypted training: rows in the plain (or encrypted), public keys, and ciphertexts of weights.
// Source: logisticStep.ts. It is given no secret and no weight; messages.ts says what it is given.

import type { Diagonals } from './linear.ts'
import type { LogisticPlan } from './logisticPlan.ts'
import { levelsOfStep } from './logisticPlan.ts'
import { type LogisticBlock, logisticStep, plainBlock } from './logisticStep.ts'
import type { Answer, Request } from './messages.ts'
import { type CkksService, type OperationTimes, openCkksService } from './service.ts'

/** Answers requests one after another. */
export interface ModelService {
  answer(request: Request): Promise<Answer>
  readonly times: OperationTimes
  close(): void
}

/** A service that waits for its keys. */
export function createModelService(): ModelService {
  let service: CkksService | undefined
  let plan: LogisticPlan | undefined
  let blockAt: ((block: number, level: number) => LogisticBlock) | undefined
  return {
    async answer(request) {
      if (request.kind === 'keys') {
        service?.close()
        service = await openCkksService(request.keys)
        plan = request.plan
        return { kind: 'ready' }
      }
      if (!service || !plan) throw new TypeError('keys come first')
      const [own, its] = [service, plan]
      if (request.kind === 'rows') {
        blockAt = plainBlocks(own, its, request)
        return { kind: 'ready' }
      }
      if (request.kind === 'encrypted rows') {
        blockAt = encryptedBlocks(own, request)
        return { kind: 'ready' }
      }
      if (!blockAt) throw new TypeError('rows come before steps')
      let weights = own.read(request.weights, 'the weights')
      for (const block of request.blocks) {
        const after = logisticStep(own, its, blockAt(block, own.levelOf(weights)), weights)
        own.free(weights)
        weights = after
      }
      const bytes = own.write(weights)
      own.free(weights)
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
  plan: LogisticPlan,
  { x, labels }: Extract<Request, { kind: 'rows' }>,
): (block: number, level: number) => LogisticBlock {
  const { features, diagonals, rows } = plan
  if (x.length !== rows * features || labels.length !== rows)
    throw new RangeError(`${rows} rows of ${features} features were planned`)
  const { slots } = diagonals
  const encoded = new Map<string, LogisticBlock>()
  return (block, level) => {
    const name = `${block} ${level}`
    const own = encoded.get(name)
    if (own) return own
    const first = block * slots
    const made = plainBlock(
      service,
      plan,
      {
        count: Math.min(slots, rows - first),
        at: (row, column) => (column < features ? (x[(first + row) * features + column] as number) : 0),
        labels: labels.subarray(first, first + slots),
      },
      level,
    )
    encoded.set(name, made)
    return made
  }
}

/** Encrypted rows: for one step between refreshes. */
function encryptedBlocks(
  service: CkksService,
  { blocks }: Extract<Request, { kind: 'encrypted rows' }>,
): (block: number, level: number) => LogisticBlock {
  const read = (bytes: readonly Uint8Array[]): Diagonals =>
    bytes.map((one) => ({ encrypted: service.read(one, 'a diagonal') }))
  const own = blocks.map(({ forward, backward, half }) => ({
    forward: read(forward),
    backward: read(backward),
    half: service.read(half, 'the labels'),
  }))
  return (block, level) => {
    if (level !== levelsOfStep) throw new RangeError(`encrypted rows are for level ${levelsOfStep}`)
    return own[block] as LogisticBlock
  }
}
