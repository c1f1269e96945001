// How many images a service has answered: of each key, and of each network in all.
// Source: answersThatDetermine of ../../encrypt; ../../encrypt/bfv/PROOF.md, lemma 2, and ../../encrypt/inference/PROOF.md,
// lemma 3, for what a crafted question counts.
// It keeps one key from the last of the weights, not from the first: fewer images tell a share of them. Nobody is asked who they
// are: who draws a second key begins anew and has the rest, which the count of the model allows by default. All begins anew
// with the process.

import { createHash } from 'node:crypto'
import type { CompiledNetwork } from '../../encrypt/index.ts'
import { answersThatDetermine } from '../../encrypt/inference/determine.ts'
import { imagesTold } from '../../encrypt/inference/latencyTold.ts'
import { Refusal } from '../v2/refusal.ts'

type Determined = Pick<CompiledNetwork, 'network' | 'plans' | 'whole'>

/** The most images of a model; null: as many as its network allows. */
export interface ImageLimits {
  readonly imagesPerKey: number | null
  readonly imagesInAll: number | null
}

/**
 * How many times as many images as can determine a network are answered in all, by default. More than once: a service that stopped
 * before would be none. So it bounds what a process gives away, and does not keep a network from an asker with two keys.
 */
const allowedInAll = 10

/** The most images of one key, and in all, that a network is answered by default: a key not so many as can determine it. */
export function defaultImages(model: Determined): {
  readonly perKey: number
  readonly inAll: number
} {
  const determine = answersThatDetermine(model)
  return { perKey: Math.max(1, determine - 1), inAll: allowedInAll * determine }
}

/** The limits of a model. */
export const imagesOf = (
  model: Determined,
  { imagesPerKey, imagesInAll }: ImageLimits,
): { readonly perKey: number; readonly inAll: number } => {
  const { perKey, inAll } = defaultImages(model)
  return { perKey: imagesPerKey ?? perKey, inAll: imagesInAll ?? inAll }
}

/** Bits that a ciphertext of BFV can tell beside the stated images: 70, and 44 to who picks seeds (lemma 2). */
const bitsBeside = 114

/**
 * Images that a question counts as: those that it states, and as many more as one that is made otherwise than told can learn.
 * What is in the slots nobody sees; those of a batch beyond the stated ones are answered at random. One at a time, each image is as many.
 */
export const countedImages = (
  images: number,
  packing: 'latency' | 'throughput',
  { plans }: Pick<CompiledNetwork, 'plans'>,
): number =>
  packing === 'latency'
    ? images * (plans.latency ? imagesTold(plans.latency) : 1)
    : images + Math.ceil(bitsBeside / ((plans.throughput?.moduli[0]?.precision ?? 2) - 1))

/**
 * The name of a network, by what it answers: one that is offered under two names, or compiled in two ways, is counted once.
 * Another with one weight changed is another.
 */
export function networkIdentityOf({ card, network }: Pick<CompiledNetwork, 'card' | 'network'>): string {
  const hash = createHash('sha256').update(JSON.stringify(card.shape))
  for (const layer of network.layers)
    if (layer.kind !== 'square')
      // Float32 and float64 arrays of the same numbers are the same network.
      for (const values of [layer.weights, layer.bias])
        hash.update(new Uint8Array(Float64Array.from(values).buffer))
  return hash.digest('hex')
}

/** A count a network, by the names of models: of two that share one, the lower limits hold. */
export function countsOf(
  models: ReadonlyMap<string, CompiledNetwork>,
  given: ImageLimits,
): ReadonlyMap<string, ImageCount> {
  const groups = Map.groupBy(models, ([, model]) => networkIdentityOf(model))
  return new Map(
    [...groups.values()].flatMap((group) => {
      const limits = group.map(([, model]) => imagesOf(model, given))
      const count = createImageCount(group.map(([name]) => name).join("' and '"), {
        perKey: Math.min(...limits.map(({ perKey }) => perKey)),
        inAll: Math.min(...limits.map(({ inAll }) => inAll)),
      })
      return group.map(([name]) => [name, count] as const)
    }),
  )
}

export interface ImageCount {
  /**
   * Counts images before they are answered; what is not answered is given back.
   * @param identity of the public keys (`keyIdentityOf`): a parcel's own hash changes with how it is packed
   * @throws Refusal 429 where the key, or the model, is at its end
   */
  counting<T>(identity: string, images: number, work: () => Promise<T>): Promise<T>
  /** Of the model. */
  readonly inAll: () => number
}

/** Nothing answered yet. @param name of the model, or of all that are the same network, for words */
export function createImageCount(
  name: string,
  { perKey, inAll }: { readonly perKey: number; readonly inAll: number },
): ImageCount {
  const keys = new Map<string, number>()
  let total = 0
  const add = (identity: string, images: number) => {
    const answered = (keys.get(identity) ?? 0) + images
    if (answered > 0) keys.set(identity, answered)
    else keys.delete(identity)
    total += images
  }
  return {
    async counting(identity, images, work) {
      const answered = keys.get(identity) ?? 0
      if (answered + images > perKey)
        throw new Refusal(
          429,
          `this key has been answered ${answered} of at most ${perKey} images of '${name}', and the question counts as ${images}: more answers could tell all of its weights`,
        )
      if (total + images > inAll)
        throw new Refusal(
          429,
          `${total} of at most ${inAll} images of '${name}' have been answered in all, and the question counts as ${images}: the service answers no more`,
        )
      add(identity, images)
      try {
        return await work()
      } catch (error) {
        add(identity, -images)
        throw error
      }
    },
    inAll: () => total,
  }
}
