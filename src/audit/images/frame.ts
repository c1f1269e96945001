// The frame of every attack on images: it takes the time, and signs what was found.
// Source: contract.ts; the same for tables is ../tables/frame.ts.
// What is measured is the attack's own: one finding, or one for each attribute.

import { throwIfAborted } from '../../errors.ts'
import type { ImageAttack, ImageFinding } from './contract.ts'

/** A finding without what the frame says of every attack; the attack's title if it has none of its own. */
export type ImageFound = Omit<
  ImageFinding,
  'attack' | 'title' | 'standpoint' | 'known' | 'seconds' | 'measures' | 'pictures'
> &
  Partial<Pick<ImageFinding, 'title' | 'measures' | 'pictures'>>

/** An attack before it is framed: its `run` says what it found and no more. */
export interface ImageSpec extends Omit<ImageAttack, 'run'> {
  run(...given: Parameters<ImageAttack['run']>): Promise<readonly ImageFound[]>
}

/** Makes an attack: several findings share its time alike. */
export function imageAttack({ run, ...spec }: ImageSpec): ImageAttack {
  const { name: attack, title, standpoint } = spec
  return Object.freeze<ImageAttack>({
    ...spec,
    async run(evidence, options) {
      throwIfAborted(options.signal)
      const start = performance.now()
      const found = await run(evidence, options)
      const seconds = (performance.now() - start) / 1000 / found.length
      return found.map((finding) => ({
        attack,
        title,
        standpoint,
        known: 0,
        measures: [],
        pictures: [],
        ...finding,
        seconds,
      }))
    },
  })
}
