// References among a question's rows, the state of a key that is kept, names as bytes: no cipher is needed for any.

import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { stream } from '../../secret/derive.ts'
import { bytesOfHex } from '../seal/envelope.ts'
import { asked, freshState, type KeyState, keptState } from './keyState.ts'
import { mixOf, referencesFor, unmixed } from './references.ts'

const secret = new Uint8Array(32).fill(5)
const known = [3, 1, 4].map((v) => ({ answers: Float64Array.of(v, -v) }))

/** A question of so many images, mixed; the answer to image i is (i, 0), if nobody lies. */
function mixed(images: number) {
  const all = images + referencesFor(images)
  const mix = mixOf(images, all, known.length, stream(secret, 'question order', images))
  const answers = Array.from(mix.order, (place) =>
    place < images
      ? Float64Array.of(place, 0)
      : Float64Array.from(known[mix.picked[place - images]!]!.answers),
  )
  return { mix, answers }
}

describe('answers that were mixed with references', () => {
  it('come back in the order of the images, and say how far references are off', () => {
    fc.assert(
      fc.property(fc.integer({ min: 1, max: 40 }), (images) => {
        const { mix, answers } = mixed(images)
        const { exact, off } = unmixed(answers, images, mix, known)
        expect(exact.map(([first]) => first)).toEqual(Array.from({ length: images }, (_, i) => i))
        expect(off).toBe(0)
      }),
      { seed: 3 },
    )
  })

  it('tell a lie about a reference by the most that it is off, and no number by no number', () => {
    const { mix, answers } = mixed(9)
    const places = [...mix.order].flatMap((place, at) => (place >= 9 ? [at] : []))
    expect(places.length).toBeGreaterThan(1)
    answers[places[0]!]![1]! += 0.25
    answers[places[1]!]![0]! -= 0.5
    expect(unmixed(answers, 9, mix, known).off).toBe(0.5)
    answers[places[0]!]![0] = Number.NaN
    expect(unmixed(answers, 9, mix, known).off <= 1e9).toBe(false)
  })

  it('are all there where no references go along', () => {
    const order = Int32Array.of(1, 0)
    const answers = [Float64Array.of(8), Float64Array.of(9)]
    const { exact, off } = unmixed(answers, 2, { order, picked: [] }, [])
    expect([exact.map(([v]) => v), off]).toEqual([[9, 8], 0])
  })
})

describe('a state that is kept', () => {
  const question = { nonce: '0'.repeat(32), images: 1, all: 1 }

  it('changes here where nobody keeps it', async () => {
    const kept = keptState(freshState, undefined)
    await kept.change((newest) => asked(newest, question))
    expect(kept.now.questions).toHaveLength(1)
    expect(freshState.questions).toHaveLength(0)
  })

  it('changes from the newest that is kept, which another may have changed', async () => {
    let file: KeyState = { ...freshState, read: 7 }
    const kept = keptState(freshState, async (apply) => {
      file = apply(file)
    })
    await kept.change((newest) => asked(newest, question))
    expect(kept.now).toEqual(file)
    expect([kept.now.read, kept.now.questions.length]).toEqual([7, 1])
  })

  it('stays as it was where it cannot be kept', async () => {
    const kept = keptState(freshState, () => Promise.reject(new Error('the disk is full')))
    await expect(kept.change((newest) => asked(newest, question))).rejects.toThrow('the disk is full')
    expect(kept.now).toBe(freshState)
  })
})

describe('names of keys and questions', () => {
  it('are bytes and digits alike', () => {
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 40 }), (bytes) => {
        expect(bytesOfHex(Buffer.from(bytes).toString('hex'))).toEqual(bytes)
      }),
    )
    expect(bytesOfHex('')).toEqual(new Uint8Array(0))
  })
})
