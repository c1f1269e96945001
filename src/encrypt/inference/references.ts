// References: images whose answers the key holder knows, hidden among those of a question, so that a service that lies is found out.
// Source: PROOF.md beside this file, section 3; Gennaro, Gentry and Parno 2010 and Chatel et al. 2022 (VERITAS) for replicated challenges.
// A service that knew these images could answer them rightly and lie about all others: they are secret, and near to real ones.

import { FrostglassError } from '../../errors.ts'
import { drawSecret, type Stream, stream } from '../../secret/derive.ts'

/** An image, and what the network answers to it. */
export interface Reference {
  /** Channels · height · width pixels, each a whole number of 1/255. */
  readonly pixels: Uint8Array
  /** Numbers as the network gives them. */
  readonly answers: Float64Array
}

/** Images of 0 … 1 of a reference. */
export const unitOf = ({ pixels }: Pick<Reference, 'pixels'>): Float64Array =>
  Float64Array.from(pixels, (v) => v / 255)

/** Images for each reference that goes along. */
const imagesEach = 4

/** References that go along with so many images. */
export const referencesFor = (images: number): number => Math.ceil(images / imagesEach)

/** The most images that leave room for their references among so many rows. */
export const mostBesideReferences = (rows: number): number =>
  Math.floor((rows * imagesEach) / (imagesEach + 1))

/** How much a pixel of a reference may be off the image that it was made of. */
const most = 16

/**
 * Makes secret images of somebody's: every pixel is moved at random, so that who knows the images does not know these.
 * @param images pixels of 0 … 1; drawn if none are given: strokes and patches of random light, which look like nobody's data
 * @param random secret; drawn if absent
 */
export function drawImages(
  input: readonly [channels: number, height: number, width: number],
  count: number,
  images: readonly ArrayLike<number>[],
  random: Stream = stream(drawSecret(), 'references'),
): Uint8Array[] {
  const size = input[0] * input[1] * input[2]
  const order = images.length > 0 ? random.permutation(images.length) : undefined
  return Array.from({ length: count }, (_, i) => {
    const base = order ? images[order[i % order.length]!]! : undefined
    const plain = base ? Float64Array.from({ length: size }, (_, p) => base[p]!) : drawing(input, random)
    return Uint8Array.from(plain, (v) => {
      const moved = Math.round(v * 255) + random.below(2 * most + 1) - most
      // Dark stays dark in most places, as in pictures: a whole background of noise would be told from them.
      return v === 0 && random.below(8) > 0 ? 0 : Math.max(0, Math.min(255, moved))
    })
  })
}

/** Strokes and patches of random width and light on a random ground. */
function drawing([channels, height, width]: readonly [number, number, number], random: Stream): Float64Array {
  const image = new Float64Array(channels * height * width)
  const ground = random.below(2) === 0 ? 0 : random.uniform()
  image.fill(ground)
  const strokes = 1 + random.below(6)
  for (let stroke = 0; stroke < strokes; stroke++) {
    const place = () => [random.uniform() * height, random.uniform() * width] as const
    const [from, to] = [place(), place()]
    const radius = 0.5 + random.uniform() * Math.max(1, Math.min(height, width) / 8)
    const light = Array.from({ length: channels }, () => random.uniform())
    const sharp = random.below(2) === 0
    for (let y = 0; y < height; y++)
      for (let x = 0; x < width; x++) {
        const near = distance([y, x], from, to) / radius
        if (near > 2) continue
        const share = sharp ? (near <= 1 ? 1 : 0) : Math.exp(-near * near)
        for (let c = 0; c < channels; c++) {
          const at = (c * height + y) * width + x
          image[at] = (1 - share) * image[at]! + share * light[c]!
        }
      }
  }
  return image
}

/** From a point to a stroke between two. */
function distance(
  [y, x]: readonly [number, number],
  [fromY, fromX]: readonly [number, number],
  [toY, toX]: readonly [number, number],
): number {
  const [dy, dx] = [toY - fromY, toX - fromX]
  const length = dy * dy + dx * dx
  const along = length === 0 ? 0 : Math.max(0, Math.min(1, ((y - fromY) * dy + (x - fromX) * dx) / length))
  return Math.hypot(y - fromY - along * dy, x - fromX - along * dx)
}

/** How the rows of a question lie: which is an image of the owner's, which a reference. */
export interface Mix {
  /** Entry i: what stands at place i; below `images` an image, from there on references in the order of `picked`. */
  readonly order: Int32Array
  /** Numbers of the references that go along. */
  readonly picked: readonly number[]
}

/**
 * Mixes references into a question; the same stream gives the same mix.
 * @param known how many references there are
 * @param all images and references that go along
 */
export function mixOf(images: number, all: number, known: number, random: Stream): Mix {
  const picked = Array.from({ length: all - images }, () => random.below(known))
  return { order: random.permutation(all), picked }
}

/**
 * Takes the owner's answers out of all, and compares the references' with what is known of them: all of them, always.
 * @param known all references
 * @returns `exact`, the owner's in their order; `off`, the most that a reference's answer is off; no number where one is none
 */
export function unmixed(
  answers: readonly Float64Array[],
  images: number,
  { order, picked }: Mix,
  known: readonly Pick<Reference, 'answers'>[],
): { readonly exact: readonly Float64Array[]; readonly off: number } {
  const exact = new Array<Float64Array>(images)
  let off = 0
  order.forEach((place, at) => {
    const values = answers[at]!
    if (place < images) exact[place] = values
    else {
      const right = known[picked[place - images]!]!.answers
      off = values.reduce((largest, v, o) => Math.max(largest, Math.abs(v - right[o]!)), off)
    }
  })
  return { exact, off }
}

/** A reference as JSON: base64, and numbers. */
export const referenceJson = ({ pixels, answers }: Reference): object => ({
  pixels: toBase64(pixels),
  answers: [...answers],
})

/** @throws FrostglassError `input` for what is none of so many pixels and answers */
export function readReference(value: unknown, size: number, outputs: number): Reference {
  const { pixels, answers } = (value ?? {}) as Record<string, unknown>
  const bytes = typeof pixels === 'string' ? fromBase64(pixels) : new Uint8Array(0)
  const numbers =
    Array.isArray(answers) && answers.every((v) => Number.isFinite(v)) ? (answers as number[]) : []
  if (bytes.length !== size || numbers.length !== outputs)
    throw new FrostglassError('input', 'a reference of the key is damaged', 'Restore it from a backup.')
  return { pixels: bytes, answers: Float64Array.from(numbers) }
}

const toBase64 = (bytes: Uint8Array): string =>
  btoa(Array.from(bytes, (b) => String.fromCharCode(b)).join(''))

function fromBase64(text: string): Uint8Array {
  try {
    return Uint8Array.from(atob(text), (c) => c.charCodeAt(0))
  } catch {
    return new Uint8Array(0)
  }
}
