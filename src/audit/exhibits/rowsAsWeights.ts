// A row of an encrypted table, put by a training process in the place of the weights that its owner publishes.
// Source: attackers from outside. A process has the rows' ciphertexts and keys to rotate and to multiply: it moves the cells
// of one row to where weights stand. Before, the owner decrypted and wrote what came. It shows one lie of many.

import type { Ciphertext } from 'node-seal'
import { periodic } from '../../encrypt/ckks/diagonals.ts'
import type { AskModel, ModelAnswer } from '../../encrypt/ckks/messages.ts'
import { type LogisticPlan, planLogistic } from '../../encrypt/ckks/modelPlan.ts'
import { type CkksOwner, createCkksOwner } from '../../encrypt/ckks/owner.ts'
import type { LabelledRows } from '../../encrypt/ckks/plainTraining.ts'
import { type CkksService, openCkksService } from '../../encrypt/ckks/service.ts'
import { trainModel } from '../../encrypt/ckks/trainModel.ts'
import { FrostglassError, throwIfAborted } from '../../errors.ts'
import { drawSecret, stream } from '../../secret/index.ts'
import type { Exhibit } from './exhibit.ts'

export const rowsAsWeights: Exhibit = {
  name: 'rows-as-weights',
  title: 'A row of the table in the place of the weights',
  claim:
    'A model that was trained on encrypted rows holds what gradient steps give, whatever the process does.',
  source: 'attackers from outside',
  mended:
    'The owner takes the same steps in the plain, refuses what differs in any slot, and publishes its own numbers.',
  async run(form, { quick = false, signal } = {}) {
    throwIfAborted(signal)
    const features = quick ? 4 : 16
    const plan = planLogistic({ rows: 50, features, learningRate: 1, encryptedData: true })
    const data = table(plan)
    const owner = await createCkksOwner(plan.parameters)
    const process = lyingProcess()
    const options = { first: [new Float64Array(features)], steps: 2, signal }
    try {
      const published = await (form === 'before'
        ? trainedBefore(owner, plan, data, process.ask, options)
        : trainModel(owner, plan, data, process.ask, options).then((found) => found.published)
      ).catch(nothingIfRefused)
      const row = data.x.subarray(stolen * features, (stolen + 1) * features)
      const read = published?.[0]?.filter((w, f) => Math.abs(w - row[f]!) < 0.001) ?? []
      return {
        allowed: 0,
        measured: read.length / features,
        unit: 'share of the cells of a row that the model shows',
      }
    } finally {
      process.close()
      owner.close()
    }
  },
}

/** The row that is taken; any would do. */
const stolen = 7

function table({ rows, features }: LogisticPlan): LabelledRows {
  const source = stream(drawSecret(), 'matrix')
  return {
    // No cell is as small as a weight of a few steps, so that none is met by chance.
    x: Float32Array.from({ length: rows * features }, () => {
      const cell = source.gaussian()
      return cell + Math.sign(cell) * 4
    }),
    labels: Uint8Array.from({ length: rows }, (_, row) => row % 2),
  }
}

/** A refusal publishes nothing; whatever else fails is no defence. */
function nothingIfRefused(error: unknown): null {
  if (error instanceof FrostglassError && error.code === 'input') return null
  throw error
}

/** As it was: what decrypts to numbers within ±128 is the weights. */
async function trainedBefore(
  owner: CkksOwner,
  plan: LogisticPlan,
  data: LabelledRows,
  ask: AskModel,
  options: { readonly first: readonly Float64Array[]; readonly steps: number },
): Promise<Float64Array[]> {
  let weights = options.first[0]!
  // Today's trainModel sends keys and rows as it always did, and is stopped at its first step.
  await trainModel(
    owner,
    plan,
    data,
    async (request) => {
      if (request.kind === 'steps') throw new FrostglassError('aborted', 'as far as it was the same')
      return ask(request)
    },
    options,
  ).catch((error) => {
    if (!(error instanceof FrostglassError && error.code === 'aborted')) throw error
  })
  for (let step = 0; step < options.steps; step++) {
    const encrypted = owner.encrypt(periodic(plan.diagonals, weights))
    const answer = await ask({ kind: 'steps', weights: [encrypted], blocks: [0] })
    const [bytes] = (answer as Extract<ModelAnswer, { kind: 'weights' }>).weights
    weights = owner.decrypt(bytes!, { most: 128 }).slice(0, plan.features)
  }
  return [weights]
}

/** Takes keys and rows as an honest one does; of the weights it computes nothing. */
function lyingProcess(): { readonly ask: AskModel; close(): void } {
  let service: CkksService | undefined
  let plan: LogisticPlan | undefined
  let diagonals: readonly Uint8Array[] = []
  return {
    async ask(request) {
      if (request.kind === 'steps') return { kind: 'weights', weights: [rowOf(service!, plan!, diagonals)] }
      if (request.kind === 'keys') {
        service = await openCkksService(request.keys)
        plan = request.plan as LogisticPlan
      }
      if (request.kind === 'encrypted rows') diagonals = request.blocks[0]!.forward
      return { kind: 'ready' }
    },
    close: () => service?.close(),
  }
}

/**
 * Cell (row, c) lies in diagonal (c − row) mod columns, at the slot of its row moved by the giant step; it goes to the slots
 * c, c + columns …
 */
function rowOf(
  service: CkksService,
  { diagonals: { columns, baby, slots }, features }: LogisticPlan,
  diagonals: readonly Uint8Array[],
): Uint8Array {
  let total: Ciphertext | undefined
  for (let c = 0; c < features; c++) {
    const k = (c - (stolen % columns) + columns) % columns
    const from = stolen + (k - (k % baby))
    const mask = new Float64Array(slots)
    mask[from] = 1
    let cell = service.timesPlain(service.read(diagonals[k]!), mask)
    cell = rotatedBy(service, cell, (from - c + slots) % slots)
    total = total ? service.plus(total, cell) : cell
  }
  // Weights repeat: with the totals' rotations a row does, too.
  for (let step = columns; step < slots; step *= 2)
    total = service.plus(total!, service.rotated(total!, step))
  return service.write(service.lowered(total!, 0))
}

/** By powers of two, for all of which there are keys. */
function rotatedBy(service: CkksService, ciphertext: Ciphertext, steps: number): Ciphertext {
  let moved = ciphertext
  for (let bit = 1; bit <= steps; bit *= 2) if (steps & bit) moved = service.rotated(moved, bit)
  return moved
}
